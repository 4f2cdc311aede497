/**
 * The sandbox of a pod: a shell that owns the network namespace, with iptables to cut links and /tools/tc to slow them.
 * Call tc by that path, since the shell puts a lesser one of its own before those in the PATH.
 */
import { basicFiles, busyboxLinks, executable, libraries, withoutRepeats } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { openPackages } from './debian.ts';
import type { PackageFiles } from './debian.ts';
import type { TarEntry } from '../engine/tar.ts';

export const sandboxRecipe: Recipe = {
  inputs: () => `3 ${ENTRY_SCRIPT} ${APPLETS.join(' ')} ${MATCHES.join(' ')}`,
  make: async (kitchen) => {
    const packages = await openPackages(['busybox-static', 'iptables', 'iproute2'], kitchen);
    kitchen.onProgress('putting busybox, iptables and tc into an image');
    const matches = MATCHES.map((match) => packages.need(`${MATCH_FOLDER}/${match}.so`));
    const needed = await libraries(
      [...PROGRAMS.map((path) => packages.need(path)), ...matches],
      packages.libraryFolders,
    );
    const entries = [
      ...basicFiles(),
      data,
      ...programs(packages),
      ...firewallLinks(),
      ...matches.map(matchEntry),
      ...needed,
    ];
    return { entries: withoutRepeats(entries), changes: ['ENTRYPOINT ["/sandbox"]', 'WORKDIR /'] };
  },
};

/** The same sandbox on top of the official image, for engines with a registry. */
export function sandboxBuildContext(base: string): readonly TarEntry[] {
  const dockerfile = `FROM ${base}
RUN apk add --no-cache iptables iptables-legacy iproute2-tc && mkdir -m 777 /data
COPY sandbox /sandbox
COPY firewalls /firewalls
COPY tools /tools
ENTRYPOINT ["/sandbox"]
`;
  const links = FIREWALLS.map(([folder, name]): TarEntry => ({
    kind: 'link',
    path: `firewalls/${folder}/iptables`,
    to: `/usr/sbin/${name}`,
  }));
  const tc: TarEntry = { kind: 'link', path: 'tools/tc', to: '/sbin/tc' };
  return [{ kind: 'file', path: 'Dockerfile', content: dockerfile }, script('sandbox'), ...links, tc];
}

/**
 * Which iptables a kernel serves is only known by trying, so both are here; the one that works is first in the PATH.
 * The shell reads commands from standard input, and stays as process 1 while that is open.
 */
const ENTRY_SCRIPT = `#!/bin/sh
for kind in legacy nft; do
  if /firewalls/$kind/iptables -w -n -L >/dev/null 2>&1; then
    PATH=/firewalls/$kind:$PATH
    break
  fi
done
export PATH
exec /bin/sh "$@"
`;

const script = (path: string): TarEntry => ({ kind: 'file', path, content: ENTRY_SCRIPT, mode: 0o755 });

/** A new volume takes over the rights of the folder that it covers: the node, whose user has none here, writes in it. */
const data: TarEntry = { kind: 'folder', path: 'data', mode: 0o777 };

const FIREWALLS = [
  ['legacy', 'iptables-legacy'],
  ['nft', 'iptables-nft'],
] as const;

const LEGACY = '/usr/sbin/xtables-legacy-multi';
const NFT = '/usr/sbin/xtables-nft-multi';
const PROGRAMS = [LEGACY, NFT, '/sbin/tc'];
const MATCH_FOLDER = '/usr/lib/x86_64-linux-gnu/xtables';

/** Parts of iptables that it loads by name. */
const MATCHES = [
  'libxt_standard',
  'libxt_tcp',
  'libxt_udp',
  'libxt_comment',
  'libxt_length',
  'libipt_icmp',
  'libipt_REJECT',
];

const matchEntry = (from: string): TarEntry =>
  executable(`${MATCH_FOLDER.slice(1)}/${from.slice(from.lastIndexOf('/') + 1)}`, from);

function programs(packages: PackageFiles): readonly TarEntry[] {
  return [
    script('sandbox'),
    executable('bin/busybox', packages.need('/bin/busybox')),
    ...busyboxLinks(APPLETS),
    executable(LEGACY.slice(1), packages.need(LEGACY)),
    executable(NFT.slice(1), packages.need(NFT)),
    executable('tools/tc', packages.need('/sbin/tc')),
  ];
}

/** Either program is iptables when it is called by that name. */
function firewallLinks(): readonly TarEntry[] {
  return [
    { kind: 'link', path: 'firewalls/legacy/iptables', to: LEGACY },
    { kind: 'link', path: 'firewalls/nft/iptables', to: NFT },
  ];
}

const APPLETS =
  'sh base64 cat cut date echo env false grep head hostname id ip kill ls nc netstat nslookup ping printf ps rm sed sleep sort stat tail test timeout top tr true uname wc'.split(
    ' ',
  );
