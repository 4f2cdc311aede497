import { appendFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogCorrupt, decodeLog, encodeGroup, openLog, readLog } from '../../../nodes/hosts/log.ts';
import { writeAll } from '../../../nodes/hosts/bytes.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import type { LogRecord } from '../../../nodes/contract/records.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { DurableEntry, Log, LogDisk } from '../../../nodes/hosts/log.ts';

let folder = '';
beforeEach(() => (folder = tempFolder('txlab-log-')));
afterEach(() => rmSync(folder, { recursive: true }));

const record = (word: string): LogRecord => ({ mark: 'other', word, about: 'c.1.1' as TxId });
const groupOf = (...words: string[]) =>
  encodeGroup(
    1,
    words.map((word) => ({ how: 'force', record: record(word) })),
  );
const words = (path: string) => readLog(path).entries.map((entry) => entry.record.word);

function opened(path: string, end = 0): { log: Log; groups: DurableEntry[][]; durable: () => Promise<void> } {
  const groups: DurableEntry[][] = [];
  let wake = () => {};
  const log = openLog(path, 1, end, (group) => {
    groups.push([...group]);
    wake();
  });
  return { log, groups, durable: () => new Promise((resolve) => (wake = resolve)) };
}

describe('the durable log', () => {
  test('keeps an appended record in memory until a force takes it along', async () => {
    const path = join(folder, 'log');
    const { log, durable } = opened(path);
    log.write(record('appended'), 'append');
    expect(words(path)).toEqual([]);
    log.write(record('forced'), 'force');
    const done = durable();
    log.flush();
    await done;
    expect(words(path)).toEqual(['appended', 'forced']);
    expect(log.durable).toBe(2);
  });

  test('makes everything that gathers during one flush durable with the next', async () => {
    const { log, groups, durable } = opened(join(folder, 'log'));
    log.write(record('first'), 'force');
    log.flush();
    for (const word of ['second', 'third', 'fourth']) {
      log.write(record(word), 'force');
      log.flush();
    }
    while (log.durable < 4) await durable();
    expect(groups.map((group) => group.length)).toEqual([1, 3]);
  });

  test('makes nothing durable while the disk is full, and everything once it takes it', async () => {
    const path = join(folder, 'log');
    const waiting: (() => void)[] = [];
    const groups: string[][] = [];
    let isFull = true;
    let told = 0;
    const { promise: durable, resolve } = Promise.withResolvers<void>();
    const log = openLog(
      path,
      1,
      0,
      (group) => {
        groups.push(group.map((entry) => entry.record.word));
        if (groups.length === 2) resolve();
      },
      {
        hasRoom: false,
        onFull: () => told++,
        later: (work) => void waiting.push(work),
        write: (file, bytes, at) => {
          writeAll(file, isFull ? bytes.subarray(0, 5) : bytes, at);
          if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        },
      },
    );
    log.write(record('first'), 'force');
    log.flush();
    log.write(record('second'), 'force');
    log.flush();
    waiting.shift()?.();
    expect({ durable: log.durable, words: words(path), groups, told }).toEqual({
      durable: 0,
      words: [],
      groups: [],
      told: 1,
    });
    isFull = false;
    waiting.shift()?.();
    await durable;
    expect(groups).toEqual([['first'], ['second']]);
    expect(words(path)).toEqual(['first', 'second']);
  });

  test('never calls durable what the disk failed to keep, and ends its node by that', () => {
    const path = join(folder, 'log');
    const groups: unknown[] = [];
    const failing: LogDisk = { sync: (_, done) => done(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })) };
    const log = openLog(path, 1, 0, (group) => void groups.push(group), failing);
    log.write(record('lost'), 'force');
    expect(() => log.flush()).toThrow('The log could not be made durable: EIO: i/o error');
    log.write(record('later'), 'force');
    log.flush();
    expect({ durable: log.durable, groups }).toEqual({ durable: 0, groups: [] });
  });

  test('throws what a write fails by, unless the disk is only full', () => {
    const write = () => {
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    };
    const log = openLog(join(folder, 'log'), 1, 0, () => {}, { write });
    log.write(record('lost'), 'force');
    expect(() => log.flush()).toThrow('EIO');
    expect(log.durable).toBe(0);
  });

  describe('whose node is killed between a checkpoint and its taking the name of the log', () => {
    const checkpoint: LogRecord = { mark: 'checkpoint', word: 'checkpoint', about: null, body: { all: true } };

    /** Until its kill: the disk never says that the checkpoint is durable. */
    async function killedAtCheckpoint(path: string): Promise<void> {
      const { log, durable } = opened(path);
      log.write(record('old'), 'force');
      const done = durable();
      log.flush();
      await done;
      const end = readLog(path).end;
      const dying = openLog(path, 1, end, () => {}, { sync: () => {} });
      dying.write(record('with it'), 'force');
      dying.write(checkpoint, 'force');
      dying.flush();
      expect(readdirSync(folder).toSorted()).toEqual(['log', 'log.next']);
    }

    test.each([
      ['whole', 1],
      ['torn', 0.5],
      ['empty', 0],
    ])('is what it was before, with the other one %s beside it', async (_, share) => {
      const path = join(folder, 'log');
      await killedAtCheckpoint(path);
      const next = `${path}.next`;
      truncateSync(next, Math.floor(share * statSync(next).size));
      expect(words(path)).toEqual(['old']);
      const { log, durable } = opened(path, readLog(path).end);
      log.write(record('again'), 'force');
      let done = durable();
      log.flush();
      await done;
      expect(words(path)).toEqual(['old', 'again']);
      log.write(checkpoint, 'force');
      done = durable();
      log.flush();
      await done;
      expect(words(path)).toEqual(['checkpoint']);
      expect(readdirSync(folder)).toEqual(['log']);
    });
  });

  test('drops everything before a checkpoint and keeps what follows', async () => {
    const path = join(folder, 'log');
    const { log, durable } = opened(path);
    for (const word of ['old', 'older']) log.write(record(word), 'force');
    let done = durable();
    log.flush();
    await done;
    log.write({ mark: 'checkpoint', word: 'checkpoint', about: null, body: { all: true } }, 'force');
    log.write(record('new'), 'force');
    done = durable();
    log.flush();
    await done;
    expect(words(path)).toEqual(['checkpoint', 'new']);
    expect(readdirSync(folder)).toEqual(['log']);
  });

  test('cuts a torn tail off and writes on behind the last whole record', async () => {
    const path = join(folder, 'log');
    writeFileSync(path, groupOf('whole'));
    appendFileSync(path, groupOf('torn').subarray(0, -3));
    const content = readLog(path);
    expect(content.tornBytes).toBeGreaterThan(0);
    const { log, durable } = opened(path, content.end);
    log.write(record('next'), 'force');
    const done = durable();
    log.flush();
    await done;
    expect(words(path)).toEqual(['whole', 'next']);
  });

  test('drops the whole of what one flush was writing when it was torn', () => {
    const path = join(folder, 'log');
    writeFileSync(path, groupOf('whole'));
    appendFileSync(path, groupOf('torn', 'with', 'it').subarray(0, -3));
    expect(words(path)).toEqual(['whole']);
  });

  test('has room behind its records that is no torn tail, and writes on at its beginning', async () => {
    const path = join(folder, 'log');
    const { log, durable } = opened(path);
    log.write(record('first'), 'force');
    const first = durable();
    log.flush();
    await first;
    const { end, tornBytes } = readLog(path);
    expect(statSync(path).size).toBeGreaterThan(end);
    expect(tornBytes).toBe(0);
    const later = opened(path, end);
    later.log.write(record('second'), 'force');
    const second = later.durable();
    later.log.flush();
    await second;
    expect(words(path)).toEqual(['first', 'second']);
  });

  test('grows beyond its room', async () => {
    const path = join(folder, 'log');
    const { log, durable } = opened(path);
    const many = Array.from({ length: 2000 }, (_, index) => `record ${index}`);
    for (const half of [many.slice(0, 1000), many.slice(1000)]) {
      for (const word of half) log.write(record(word), 'append');
      const done = durable();
      log.flush();
      await done;
    }
    expect(words(path)).toEqual(many);
  });

  test('refuses a log that is damaged in the middle, naming the byte', () => {
    const frames = ['one', 'two', 'three'].map((word) => groupOf(word));
    const bytes = Buffer.concat(frames);
    const at = (frames[0]?.length ?? 0) + 12;
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    expect(() => decodeLog(bytes)).toThrow(LogCorrupt);
    expect(() => decodeLog(bytes)).toThrow(`byte ${frames[0]?.length}`);
  });

  test('that does not exist is empty', () => {
    expect(readLog(join(folder, 'none'))).toEqual({ entries: [], end: 0, tornBytes: 0 });
  });
});
