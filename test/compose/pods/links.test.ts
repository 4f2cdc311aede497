// Cuts that overlap, on packet filters in memory which know the rules that links write.

import { describe, expect, test } from 'vitest';
import { cut, dropsOf, heal } from '../../../compose/pods/links.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import type { Pod } from '../../../compose/pods/pods.ts';

type Packet = 'data' | 'ack' | 'ping';
interface Rule {
  readonly text: string;
  packets: number;
}

/** Pods that hear each other until a rule forbids it. */
function podsNamed(...names: readonly string[]) {
  const filters = new Map<string, Rule[]>(names.map((name) => [name, []]));
  const addressOf = (name: string) => `10.0.0.${names.indexOf(name) + 1}`;
  const filterOf = (name: string) => filters.get(name) ?? [];

  function passes(from: string, to: string, packet: Packet): boolean {
    const rule = filterOf(from).find(({ text }) => {
      if (!text.includes(`-d ${addressOf(to)} `)) return false;
      return text.includes('--tcp-flags') ? packet === 'ack' && text.includes('ALL ACK') : true;
    });
    if (rule) rule.packets++;
    return rule === undefined || rule.text.endsWith('ACCEPT');
  }

  function runOne(self: string, command: string): { code: number; output: string } {
    const rules = filterOf(self);
    const [, how, text = ''] = /^iptables -w -(A|I|D) OUTPUT (.*)$/.exec(command) ?? [];
    if (how === 'A') rules.push({ text, packets: 0 });
    if (how === 'I') rules.unshift({ text, packets: 0 });
    if (how === 'D') {
      const index = rules.findIndex((rule) => rule.text === text);
      if (index === -1) return { code: 1, output: 'no such rule' };
      rules.splice(index, 1);
    }
    if (command.includes('-nvxL')) {
      const lines = rules.map((rule) => {
        const [, address = '', verdict = ''] = /-d (\S+) .*-j (\w+)$/.exec(rule.text) ?? [];
        return `   ${rule.packets}  84 ${verdict} all -- * * 0.0.0.0/0 ${address} /* txlab */`;
      });
      return { code: 0, output: lines.join('\n') };
    }
    if (command.startsWith('ping')) {
      const to = names.find((name) => command.includes(`${addressOf(name)} `)) ?? '';
      return { code: passes(self, to, 'ping') && passes(to, self, 'ping') ? 0 : 1, output: '' };
    }
    return { code: 0, output: '' };
  }

  const pods = names.map((name): Pod => {
    const run = async (line: string) => {
      const results = line.split(' && ').map((command) => runOne(name, command));
      return results.find(({ code }) => code !== 0) ?? { code: 0, output: '', ...results.at(-1) };
    };
    return { node: nodeId(name), container: name, address: addressOf(name), shell: { run, close: () => {} }, made: [] };
  });
  const [a, b] = pods;
  if (!a || !b) throw new Error('a pair is two');
  return { a, b, passes, rules: () => [...filters.values()].flat().length };
}

describe('cuts of one pair that overlap', () => {
  test('a heal ends its own cut alone, and says that another stands', async () => {
    const { a, b, passes } = podsNamed('a', 'b');
    const [first, second] = [dropsOf([a], [b], false), dropsOf([a], [b], false)];
    await cut(first);
    await cut(second);
    expect(await heal(first)).toEqual({
      seen: true,
      text: expect.stringMatching(
        /^a to b: \d+ packets dropped, another cut still stands, b to a: \d+ packets dropped, another cut still stands$/,
      ) as string,
    });
    expect(passes('a', 'b', 'data')).toBe(false);
    expect(await heal(second)).toMatchObject({ seen: true, text: expect.stringContaining('b to a: ') as string });
    expect(passes('a', 'b', 'data')).toBe(true);
  });

  test('a cut both ways lets no acknowledgement pass, though one of one way stands that would', async () => {
    const { a, b, passes } = podsNamed('a', 'b');
    const [oneWay, bothWays] = [dropsOf([a], [b], true), dropsOf([a], [b], false)];
    await cut(oneWay);
    expect(passes('a', 'b', 'ack')).toBe(true);
    await cut(bothWays);
    expect(passes('a', 'b', 'ack')).toBe(false);
    await heal(bothWays);
    expect([passes('a', 'b', 'ack'), passes('a', 'b', 'data'), passes('b', 'a', 'data')]).toEqual([true, false, true]);
  });

  test.each(['first', 'last'])('the cut of one way that is healed %s leaves the other as it is', async (when) => {
    const { a, b, passes, rules } = podsNamed('a', 'b');
    const [oneWay, bothWays] = [dropsOf([a], [b], true), dropsOf([a], [b], false)];
    await cut(bothWays);
    await cut(oneWay);
    await heal(when === 'first' ? oneWay : bothWays);
    expect(passes('a', 'b', 'ack')).toBe(when === 'last');
    expect(passes('b', 'a', 'data')).toBe(when === 'last');
    const { seen, text } = await heal(when === 'first' ? bothWays : oneWay);
    expect(seen).toBe(true);
    expect(text).not.toContain('still stands');
    expect(rules()).toBe(0);
  });

  test('a heal does not wait for an answer that the cut of the way back forbids', async () => {
    const { a, b } = podsNamed('a', 'b');
    await cut(dropsOf([a], [b], true));
    await cut(dropsOf([b], [a], true));
    expect(await heal(dropsOf([a], [b], true))).toEqual({
      seen: true,
      text: 'a to b: 1 packets dropped, another cut still stands',
    });
  });
});

describe('a rule that nobody has asked for', () => {
  test.each([true, false])('is no end of a cut, whether another cut stands (%s) or not', async (overlaps) => {
    const { a, b } = podsNamed('a', 'b');
    const drops = dropsOf([a], [b], true);
    await cut(drops);
    if (overlaps) await cut(dropsOf([a], [b], false));
    await a.shell.run(`iptables -w -A OUTPUT -d ${b.address} -m comment --comment txlab -j DROP`);
    expect((await heal(drops)).seen).toBe(false);
  });
});
