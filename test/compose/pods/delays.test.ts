// Slow links, by the lines that a pod's shell is given and what it answers.

import { describe, expect, test } from 'vitest';
import { hurry, slow, whyNoNetem } from '../../../compose/pods/delays.ts';
import type { Pod } from '../../../compose/pods/pods.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';

/** A pod whose kernel keeps netem queues as it is told, and whose echoes take as long as they say. */
function pod(name: string, address: string, options: { readonly refuses?: string } = {}) {
  const queues = new Map<string, number>();
  const lines: string[] = [];
  const run = (line: string) => {
    lines.push(line);
    const adds = /parent 1:(\w+) handle \w+: netem delay (\d+)ms/.exec(line);
    if (adds && options.refuses !== undefined) return Promise.resolve({ code: 2, output: options.refuses });
    if (adds) queues.set(adds[1] ?? '', Number(adds[2]));
    const drops = /qdisc del dev \S+ parent 1:(\w+)/.exec(line);
    if (drops) queues.delete(drops[1] ?? '');
    const delay = Math.max(0, ...queues.values());
    const output = line.startsWith('ping')
      ? `64 bytes: time=${(2 * delay + 0.4).toFixed(1)} ms`
      : [...queues.keys()].map((band) => `qdisc netem ${band}0: dev eth0`).join('\n');
    return Promise.resolve({ code: 0, output });
  };
  const made: Pod = { node: nodeId(name), container: name, address, shell: { run, close: () => {} }, made: [] };
  return { pod: made, lines, queues };
}

describe('a slow link', () => {
  test('has a queue in each direction, to the other alone, and echoes that take there and back', async () => {
    const [a, b] = [pod('participant-1', '10.0.0.2'), pod('coordinator', '10.0.0.3')];
    expect(await slow([[a.pod, b.pod]], 200)).toEqual({
      seen: true,
      text: 'participant-1 to coordinator and back: 400 ms',
    });
    expect(a.lines[0]).toContain('netem delay 200ms');
    expect(a.lines[0]).toContain('match ip dst 10.0.0.3/32 flowid 1:3');
    expect(b.lines[0]).toContain('match ip dst 10.0.0.2/32');
    expect(await hurry([[a.pod, b.pod]], 200)).toEqual({
      seen: true,
      text: 'participant-1 to coordinator and back: 0 ms',
    });
    expect([a.queues.size, b.queues.size]).toEqual([0, 0]);
    expect(a.lines.join('\n')).toContain('root');
  });

  test('ends by itself while another stands', async () => {
    const [a, b, c] = [pod('a', '10.0.0.2'), pod('b', '10.0.0.3'), pod('c', '10.0.0.4')];
    await slow([[a.pod, b.pod]], 200);
    await slow([[a.pod, c.pod]], 500);
    expect(a.lines.at(-2)).toContain('flowid 1:4');
    expect((await hurry([[a.pod, c.pod]], 500)).seen).toBe(true);
    expect([...a.queues]).toEqual([['3', 200]]);
    expect(a.lines.some((line) => line.endsWith(' root'))).toBe(false);
  });

  test('is none where the kernel refuses its queue, with what the kernel says', async () => {
    const refuses = 'Error: Specified qdisc kind is unknown.';
    const [a, b] = [pod('a', '10.0.0.2', { refuses }), pod('b', '10.0.0.3')];
    expect(await slow([[a.pod, b.pod]], 200)).toEqual({ seen: false, text: `the kernel refuses it: ${refuses}` });
  });
});

test('whether a kernel delays packets is tried, and why it does not is said', async () => {
  const says = (code: number, output: string) => ({ run: () => Promise.resolve({ code, output }) });
  expect(await whyNoNetem(says(0, ''))).toBeNull();
  expect(await whyNoNetem(says(2, 'Error: Specified qdisc kind is unknown.\n'))).toBe(
    'Error: Specified qdisc kind is unknown',
  );
  expect(await whyNoNetem(says(127, ''))).toBe('exit code 127');
});
