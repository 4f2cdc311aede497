// Takes a lock again and again, and adds one to a number in a file each time: what is lost was done by two at once. With the word
// `hold` it takes the lock once, says so, and keeps it until it is killed.

import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { withLock } from '../../../compose/lock.ts';

const [path = '', file = '', times = ''] = process.argv.slice(2);

if (times === 'hold') {
  await withLock(path, 60_000, async () => {
    process.stdout.write('held\n');
    await new Promise((resolve) => process.stdin.once('end', resolve).resume());
  });
} else {
  for (let i = 0; i < Number(times); i++) {
    await withLock(path, 60_000, async () => {
      const before = Number(readFileSync(file, 'utf8'));
      await nextTurn();
      writeFileSync(file, String(before + 1));
    });
  }
}
