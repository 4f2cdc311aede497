/** ZooKeeper as the distribution packages it, started and configured as the official image is. */
import { openPackages } from './debian.ts';
import { javaRuntime } from './java.ts';
import { basicFiles, busyboxLinks, executable, withoutRepeats } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import type { TarEntry } from '../engine/tar.ts';

export const zookeeperRecipe: Recipe = {
  inputs: () => `1 ${ENTRY_SCRIPT} ${SERVER_SCRIPT} ${JARS.join(' ')} ${MODULES.join(' ')}`,
  make: async (kitchen) => {
    const packages = await openPackages(PACKAGES, kitchen, { alone: true });
    const java = await javaRuntime(MODULES, kitchen);
    kitchen.onProgress('putting ZooKeeper into an image');
    const jars = [
      ...JARS.map((jar) => jarEntry(jar, packages.need(jarPath(jar)))),
      ...LATER_JARS.filter((jar) => packages.find(jarPath(jar))).map((jar) =>
        jarEntry(jar, packages.need(jarPath(jar))),
      ),
    ];
    const folders = ['data', 'datalog', 'conf', 'logs'].map((path): TarEntry => ({
      kind: 'folder',
      path,
      owner: ZOOKEEPER_USER,
    }));
    const entries = [
      ...basicFiles(),
      executable('bin/busybox', packages.need('/bin/busybox')),
      ...busyboxLinks(['sh', 'cat', 'date', 'grep', 'ls', 'nc', 'printf', 'sleep']),
      ...java,
      ...jars,
      ...folders,
      { kind: 'file', path: 'docker-entrypoint.sh', content: ENTRY_SCRIPT, mode: 0o755 } as const,
      { kind: 'file', path: 'bin/zkServer.sh', content: SERVER_SCRIPT, mode: 0o755 } as const,
    ];
    return { entries: withoutRepeats(entries), changes: CHANGES };
  },
};

const PACKAGES = [
  'busybox-static',
  'libzookeeper-java',
  'libnetty-java',
  'libslf4j-java',
  'libsnappy-java',
  'libdropwizard-metrics-java',
  'libcommons-cli-java',
];

const JARS = [
  'zookeeper',
  'zookeeper-jute',
  'netty-buffer',
  'netty-common',
  'netty-handler',
  'netty-transport',
  'netty-codec',
  'netty-resolver',
  'netty-transport-native-unix-common',
  'netty-transport-native-epoll',
  'slf4j-api',
  'slf4j-simple',
  'snappy-java',
  'metrics-core',
  'commons-cli',
];

/** Split off from others in later versions of the distributions. */
const LATER_JARS = ['netty-transport-classes-epoll'];

const jarPath = (jar: string): string => `/usr/share/java/${jar}.jar`;

const jarEntry = (jar: string, from: string): TarEntry => ({ kind: 'copy', path: `zookeeper/${jar}.jar`, from });

const MODULES = [
  'java.base',
  'java.logging',
  'java.management',
  'java.naming',
  'java.security.jgss',
  'java.security.sasl',
  'java.xml',
  'jdk.management',
  'jdk.unsupported',
];

/** As in the official image, so that a compose file may name it. */
const ZOOKEEPER_USER = 1000;

const CHANGES = [
  'ENV PATH=/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ZOO_CONF_DIR=/conf ZOO_DATA_DIR=/data ZOO_DATA_LOG_DIR=/datalog',
  'VOLUME /data /datalog /logs',
  'WORKDIR /',
  'EXPOSE 2181 2888 3888',
  'ENTRYPOINT ["/docker-entrypoint.sh"]',
  'CMD ["zkServer.sh","start-foreground"]',
];

/** Writes the configuration from the environment where there is none yet, with the official image's names and defaults. */
const ENTRY_SCRIPT = `#!/bin/sh
set -e
if [ ! -f "$ZOO_CONF_DIR/zoo.cfg" ]; then
  {
    echo "dataDir=$ZOO_DATA_DIR"
    echo "dataLogDir=$ZOO_DATA_LOG_DIR"
    echo "tickTime=\${ZOO_TICK_TIME:-2000}"
    echo "initLimit=\${ZOO_INIT_LIMIT:-5}"
    echo "syncLimit=\${ZOO_SYNC_LIMIT:-2}"
    echo "autopurge.snapRetainCount=\${ZOO_AUTOPURGE_SNAPRETAINCOUNT:-3}"
    echo "autopurge.purgeInterval=\${ZOO_AUTOPURGE_PURGEINTERVAL:-0}"
    echo "maxClientCnxns=\${ZOO_MAX_CLIENT_CNXNS:-60}"
    echo "standaloneEnabled=\${ZOO_STANDALONE_ENABLED:-true}"
    echo "admin.enableServer=false"
    for server in \${ZOO_SERVERS:-'server.1=localhost:2888:3888;2181'}; do echo "$server"; done
    if [ -n "$ZOO_4LW_COMMANDS_WHITELIST" ]; then echo "4lw.commands.whitelist=$ZOO_4LW_COMMANDS_WHITELIST"; fi
    for extra in $ZOO_CFG_EXTRA; do echo "$extra"; done
  } >"$ZOO_CONF_DIR/zoo.cfg"
fi
if [ ! -f "$ZOO_DATA_DIR/myid" ]; then echo "\${ZOO_MY_ID:-1}" >"$ZOO_DATA_DIR/myid"; fi
exec "$@"
`;

const SERVER_SCRIPT = `#!/bin/sh
exec java $JVMFLAGS -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp '/zookeeper/*' \\
  org.apache.zookeeper.server.quorum.QuorumPeerMain "$ZOO_CONF_DIR/zoo.cfg"
`;
