// A lab that dies without cleaning up: two of its containers paused, one more asked for and not yet made.

import { connectEngine } from '../../../compose/engine/engine.ts';
import { ensureImage } from '../../../compose/setup/images.ts';
import { runLabels } from '../../../compose/engine/labels.ts';
import { currentOwner } from '../../../compose/engine/owner.ts';
import { startWatcher } from '../../../compose/cleanup/watcher.ts';

const [run = '', runFolder = '', tempFolder = '', watched = ''] = process.argv.slice(2);
const engine = await connectEngine();
const { id: image } = await ensureImage(engine, 'sandbox');
const labels = runLabels(run, currentOwner());
if (watched === 'watched') (await startWatcher()).watch({ run, runFolder, tempFolders: [tempFolder, '/tmp/not-ours'] });
const name = `txlab-${run}`;
await engine.createNetwork({ name, labels });
const create = (suffix: string): Promise<string> =>
  engine.createContainer({
    name: `${name}-${suffix}`,
    image,
    labels,
    openStdin: true,
    network: { kind: 'network', name },
  });
for (const suffix of ['a', 'b', 'c']) {
  const id = await create(suffix);
  await engine.start(id);
  if (suffix !== 'c') await engine.pause(id);
}
void create('late');
setImmediate(() => process.kill(process.pid, 'SIGKILL'));
