import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { currentOwner, formatOwner, isProvablyDead, parseOwner, readProcess } from '../../../compose/engine/owner.ts';
import type { Owner, ProcessFacts } from '../../../compose/engine/owner.ts';

const here = { host: 'box', boot: 'boot-1', namespace: '40' };
const owner: Owner = { ...here, pid: 42, started: '1000' };

test('an owner survives being written to a label and read again', () => {
  expect(parseOwner(formatOwner(owner))).toEqual(owner);
  expect(parseOwner(formatOwner(currentOwner()))).toEqual(currentOwner());
});

test.each(['', 'box', 'box,boot,1,0,9', 'box,boot,1,x,9', 'box,boot,1,2,3,4', ',boot,1,2,3'])(
  'a label that is not an owner (%j) is nobody',
  (text) => {
    expect(parseOwner(text)).toBeUndefined();
  },
);

const RUNNING: ProcessFacts = { state: 'S', started: '1000' };

test.each<[string, boolean, Owner, boolean, ProcessFacts | undefined]>([
  ['runs', false, owner, true, RUNNING],
  ['is gone', true, owner, true, undefined],
  ['has ended and nobody has waited for it', true, owner, true, { state: 'Z', started: '1000' }],
  ['has left its pid to a later process', true, owner, true, { state: 'S', started: '2000' }],
  ['is of an earlier boot of this machine', true, { ...owner, boot: 'boot-0' }, true, RUNNING],
  ['is of another boot, with an engine that others use too', false, { ...owner, boot: 'boot-0' }, false, undefined],
  ['is on another host', false, { ...owner, host: 'far' }, true, undefined],
  ['is in another pid namespace, where pids mean other things', false, { ...owner, namespace: '41' }, true, undefined],
])('an owner that %s: provably dead is %s', (_, dead, who, engineIsLocal, found) => {
  expect(isProvablyDead(who, { here, engineIsLocal, lookUp: () => found })).toBe(dead);
});

test.skipIf(process.platform !== 'linux')('a real process is seen to live and to die', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const own = currentOwner(child.pid);
  const inquiry = { here: own, engineIsLocal: true };
  expect(isProvablyDead(own, inquiry)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(readProcess(own.pid)).toBeUndefined();
  expect(isProvablyDead(own, inquiry)).toBe(true);
});
