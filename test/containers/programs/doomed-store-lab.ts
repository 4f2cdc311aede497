// A lab of stores that dies without cleaning up, while one of its stores is paused.

import { openLab } from '../../support/lab.ts';
import { bundleToyStore, planOfBoxes, toyBox } from '../../support/toy/toy-box.ts';
import { addToyStore } from '../../support/toy/toy-store.ts';
import { startWatcher } from '../../../compose/cleanup/watcher.ts';

const [runFolder = ''] = process.argv.slice(2);
addToyStore();
const watcher = await startWatcher();
const lab = await openLab();
const program = await bundleToyStore(lab);
let watched: string | null = null;
await lab.run(planOfBoxes(), {
  program,
  stores: { box: toyBox(lab.sandboxImage) },
  onFeed: (feed, run) => {
    if (watched === null) {
      watched = run;
      process.stdout.write(run);
      watcher.watch({ run, runFolder, tempFolders: [lab.folder] });
    }
    if (feed.kind === 'event' && feed.event.kind === 'fault' && feed.event.fault === 'pause')
      process.kill(process.pid, 'SIGKILL');
  },
});
