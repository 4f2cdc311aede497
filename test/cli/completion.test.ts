// What the shells are told when somebody asks for the rest of a line.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cli/command-line.ts';
import { nameOf } from '../../cli/commands/command.ts';
import { EXPLAINED_CODES } from '../../cli/commands/explain-codes.ts';
import { EXPLAINED_WORDS } from '../../cli/commands/explain-words.ts';
import { demand } from '../../cli/usage.ts';
import { findScenario } from '../../scenarios/language/scenario-catalog.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { openShell, type Shell } from '../support/shell.ts';

const RUN = '20261121-071055-two-phase-baseline-7';

let shell: Shell;
beforeEach(() => {
  shell = openShell();
  mkdirSync(join(shell.out, RUN));
  const plan = makePlan(demand(findScenario('two-phase-baseline')), 7);
  writeFileSync(join(shell.out, RUN, 'plan.json'), JSON.stringify(plan));
  writeFileSync(join(shell.out, RUN, 'scenario.yaml'), '');
});

/** A line up to the cursor, which stands behind its last letter or blank. */
async function rest(line: string): Promise<readonly string[]> {
  const { stdout, code } = await shell.typeWords(['__complete', ...line.split(' ')]);
  expect(code).toBe(0);
  return stdout.split('\n').filter(Boolean);
}

describe('the rest of a line', () => {
  test.each([
    ['ki', ['kill']],
    ['re', ['restart', 'report', 'replay']],
    ['cl', ['clean', 'clock']],
    ['clock ', []],
    ['clock --protocol redis ', ['redis-1']],
    ['clock --protocol redis redis-1 ', ['forward', 'back']],
    ['kill ', ['coordinator', 'participant-1', 'participant-2', 'client']],
    ['kill participant-', ['participant-1', 'participant-2']],
    ['kill participant- --participants 3', []],
    ['kill --participants 3 participant-', ['participant-1', 'participant-2', 'participant-3']],
    ['kill coordinator d', ['during']],
    ['kill coordinator during ', ['prepare', 'voted', 'decide', 'commit']],
    ['kill coordinator --protocol 3pc during pre', ['prepare', 'precommit']],
    ['kill coordinator before f', ['force']],
    ['kill coordinator before force ', ['commit', 'checkpoint']],
    ['kill coordinator after send commit to ', ['first', 'last', 'participant-1', 'participant-2']],
    ['kill participant-1 at co', ['coordinator']],
    ['kill coordinator of t', ['transaction', 'the']],
    ['kill coordinator of the ', ['same']],
    ['kill coordinator then ', ['restart', 'never']],
    ['kill coordinator then restart after ', []],
    ['kill nobody during ', []],
    ['cut participant-2 f', ['for', 'from']],
    ['cut participant-2 from coordinator o', ['of', 'one-way']],
    ['drop a', ['abort', 'ack']],
    ['fill participant-2 ', ['disk']],
    ['run two-phase-b', ['two-phase-baseline']],
    ['compare 2pc 3', ['3pc-timeout', '3pc', '3pc-quorum']],
    ['compare 3pc 3pc', ['3pc-timeout', '3pc-quorum']],
    ['bench 2pc-p', ['2pc-presumed-nothing', '2pc-presumed-commit']],
    ['explain non', ['non-blocking']],
    ['explain inv', ['inventory', 'inventory-baseline']],
    ['explain engine-m', ['engine-missing']],
    ['explain exit ', ['code', 'codes']],
    ['explain exit code 14', ['141', '143']],
    ['explain le', ['leader']],
    ['ini', ['init']],
    ['init --protocol redlock:n', ['redlock:npm']],
    ['bench redis:f', ['redis:fencing', 'redis:failover', 'redis:failover-fencing', 'redis:full']],
    ['compare redlock zookeeper:r', ['zookeeper:raw']],
    ['help exp', ['explain']],
    ['run ./mine.yaml --keep two-phase-b', ['two-phase-baseline']],
    ['runs --prune --keep 20', []],
    ['runs --pr', ['--prune', '--protocol']],
    ['replay 2026', [RUN]],
    ['check lat', ['latest']],
    ['report ', ['latest', RUN]],
    ['check 2026', [RUN]],
    ['clean lat', ['latest']],
    [`logs --run ${RUN} participant-1 p`, ['participant-2']],
    ['logs --run ', ['latest', RUN]],
    ['logs --run nowhere ', []],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['kill coordinator --pro', ['--protocol']],
    ['kill coordinator --protocol 3pc-', ['3pc-timeout', '3pc-quorum']],
    ['kill coordinator --protocol=3pc-q', ['--protocol=3pc-quorum']],
    ['kill coordinator --workload inv', ['inventory']],
    ['kill coordinator --retry ', ['never', 'commit', 'body']],
    ['kill coordinator --timeout v', ['vote=']],
    ['kill coordinator --image n', ['node=']],
    ['kill coordinator --print during v', ['voted']],
    ['scenarios --fault pa', ['pause']],
    ['runs --verdict not', ['not-as-expected', 'not-finished']],
    ['runs --scenario two-phase-b', ['two-phase-baseline']],
    ['--v', ['--version']],
    ['nonsense ', []],
    ['run ./mine', []],
  ])('%s', async (line, words) => {
    const found = await rest(line);
    expect(found.filter((word) => words.includes(word))).toEqual(expect.arrayContaining([...words]));
    expect(found.filter((word) => !words.includes(word) && !line.startsWith('explain'))).toEqual([]);
  });
});

describe('the help', () => {
  const shown = COMMANDS.filter(({ describe: text }) => text !== false);

  test.each(shown.map((command) => [nameOf(command), command] as const))(
    'has %s completed, with each of its options',
    async (name, { options = {}, hidden = [] }) => {
      expect(await rest(name.slice(0, -1))).toContain(name);
      const own = Object.keys(options).filter((option) => !hidden.includes(option));
      const found = await rest(`${name} --`);
      expect(found.toSorted()).toEqual(
        [...new Set([...own, 'out', 'yes', 'help'])].map((one) => `--${one}`).toSorted(),
      );
    },
  );

  test('has each word that is explained completed', async () => {
    for (const word of [...EXPLAINED_WORDS, ...EXPLAINED_CODES]) {
      const words = word.split(' ');
      expect(await rest(`explain ${words.join(' ').slice(0, -1)}`)).toContain(words.at(-1));
    }
  });
});

describe('the script', () => {
  test.each(['bash', 'zsh', 'fish'])('for %s asks with the words up to the cursor', async (name) => {
    const { stdout, code } = await shell.type(`completion ${name}`);
    expect({ code, asks: stdout.includes('__complete') }).toEqual({ code: 0, asks: true });
  });

  test.each([
    ['completion', 'completion what? Try: txlab completion bash'],
    ['completion bsh', "There is no completion for 'bsh'; did you mean bash?"],
  ])('%s is refused', async (words, said) => {
    expect((await shell.type(words)).error).toMatchObject({ message: expect.stringContaining(said) as string });
  });
});
