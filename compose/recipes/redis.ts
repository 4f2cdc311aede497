/** Redis as the distribution packages it, with the files and names that the official image has. */
import { openPackages } from './debian.ts';
import { basicFiles, busyboxLinks, executable, libraries, withoutRepeats } from './recipe.ts';
import type { Recipe } from './recipe.ts';

export const redisRecipe: Recipe = {
  inputs: () => '1',
  make: async (kitchen) => {
    const packages = await openPackages(['redis-server', 'redis-tools', 'busybox-static'], kitchen);
    kitchen.onProgress('putting Redis into an image');
    const server = packages.need('/usr/bin/redis-server');
    const client = packages.need('/usr/bin/redis-cli');
    const entries = [
      ...basicFiles(),
      executable('bin/busybox', packages.need('/bin/busybox')),
      ...busyboxLinks(['sh', 'cat', 'date', 'grep', 'ls', 'nc', 'sleep']),
      executable('usr/bin/redis-server', server),
      executable('usr/bin/redis-cli', client),
      ...(await libraries([server, client], packages.libraryFolders)),
      { kind: 'folder', path: 'data', owner: REDIS_USER } as const,
    ];
    return {
      entries: withoutRepeats(entries),
      changes: ['WORKDIR /data', 'VOLUME /data', 'EXPOSE 6379', 'CMD ["redis-server"]'],
    };
  },
};

/** As in the official image, so that a compose file may name it. */
const REDIS_USER = 999;
