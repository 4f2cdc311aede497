// The scenario that `init` writes: a fault, a claim, and every key explained, with what the catalogs say of this protocol.

import { PROTOCOLS } from '../../nodes/protocols/catalog.ts';
import { promisedIn } from '../../nodes/contract/properties.ts';
import { formatDuration } from '../../scenarios/language/duration.ts';
import { draftJsonSchema } from '../../scenarios/language/schema.ts';
import { defaultWorkload, goesWith, WORKLOAD_KINDS } from '../../scenarios/workloads/catalog.ts';
import { wrap } from '../feed/wrap.ts';
import type { Protocol } from '../../nodes/contract/protocol.ts';

export interface FirstScenario {
  readonly name: string;
  /** As `run` is told it. */
  readonly file: string;
  readonly protocol: Protocol;
}

/** A file that runs as it is. */
export function initText({ name, file, protocol }: FirstScenario): string {
  const { title, fault, expect, because } = storyOf(protocol);
  const kind = defaultWorkload(protocol.family);
  const family = PROTOCOLS.filter((one) => one.family === protocol.family).map((one) => one.name);
  const kinds = WORKLOAD_KINDS.filter((one) => goesWith(one, protocol.family)).map((one) => one.name);
  const sections: readonly (readonly string[])[] = [
    [
      ...comment(`A scenario of txlab. It is run by: txlab run ${file}`),
      ...comment(`In full, and nothing is started: txlab run ${file} --print`),
      ...comment('What stands behind a # is not read. What is left out has the value that its comment names.'),
    ],
    [...comment('The version of this format: 1.'), 'version: 1'],
    [...comment('Lower-case words joined by hyphens; the folder of each run has this name.'), `name: ${name}`],
    [...comment('One line that says what happens.'), `title: ${title}`],
    [
      ...comment(`One of ${family.join(', ')}. Its phases, steps and promises: txlab explain ${protocol.name}`),
      `protocol: ${protocol.name}`,
    ],
    topologyLines(protocol),
    timeoutLines(protocol),
    workloadLines(kind.name, kinds),
    faultLines(fault),
    expect,
    [...comment('The run is ended after so long, and shows nothing then.'), 'timeLimit: 60s'],
    [
      ...comment(
        'For whoever reads the report: why this is to be expected, and where it was published. Both may be left out.',
      ),
      `because: ${because}`,
      '# reference: author, "title", year',
    ],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

interface Story {
  readonly title: string;
  readonly fault: string;
  readonly expect: readonly string[];
  readonly because: string;
}

/** What happens first to whoever has written nothing yet. */
function storyOf(protocol: Protocol): Story {
  const promised = `What the protocol promises must hold: ${protocol.promises.map(promisedIn).join(', ') || 'nothing'}.`;
  const intro = comment(
    `The claim. ${promised} Here stands what is to be true beside that, or not to be: a property is holds or violated, as in non-blocking: violated. txlab explain non-blocking says what one means.`,
  );
  if (protocol.roles['coordinator'])
    return {
      title: 'The coordinator dies when every vote is in',
      fault: 'kill coordinator during voted of transaction 20 then restart after 2s',
      expect: [
        ...intro,
        'expect:',
        ...comment('What becomes of the transaction that the fault hits.', 2),
        '  target:',
        ...comment('commit or abort', 4),
        '    decision: abort',
        ...comment('ok, failed or unknown: what its client is told. Left out: nothing is claimed of it.', 4),
        '    # client: unknown',
        ...comment(
          'Who stays in doubt for longer than timeouts.blocked: how many, or a list of them; [] is nobody.',
          4,
        ),
        '    # blocked: [participant-1, participant-2]',
      ],
      because: 'Nothing was decided yet, and a coordinator that comes back without a decision answers abort.',
    };
  const role = protocol.phases['write']?.role ?? 'lock-client';
  return {
    title: 'A client dies right before its write',
    fault: `kill ${role}-1 during write of transaction 10 then restart after 2500ms`,
    expect: [...intro, 'expect: {}'],
    because: 'The write was never sent, and what a dead client held is free again when its lease or session is over.',
  };
}

/** Where each client is a node, the workload says how many there are. */
function topologyLines({ topology }: Protocol): readonly string[] {
  const sizes = Object.entries(topology).filter(([size]) => size !== 'clients');
  if (sizes.length === 0) return [];
  return [
    ...comment('How many nodes there are.'),
    'topology:',
    ...sizes.flatMap(([size, { default: count, least, most, means }]) => [
      ...comment(`${means}: from ${least} to ${most}`, 2),
      `  ${size}: ${count}`,
    ]),
  ];
}

function timeoutLines({ timeouts }: Protocol): readonly string[] {
  return [
    ...comment('Durations with their unit, as 400ms, 1.5s or 2m.'),
    'timeouts:',
    ...Object.entries(timeouts).flatMap(([name, { ms, means }]) => [
      ...comment(means, 2),
      `  ${name}: ${formatDuration(ms)}`,
    ]),
  ];
}

function workloadLines(kind: string, kinds: readonly string[]): readonly string[] {
  const fields = Object.entries(draftJsonSchema(kind).properties?.['workload']?.properties ?? {});
  const said = fields.filter(([name, { default: value }]) => name !== 'kind' && value !== undefined);
  const others = fields.filter(([, { default: value }]) => value === undefined);
  return [
    ...comment('What the clients do.'),
    'workload:',
    ...comment(`One of ${kinds.join(', ')}; the keys below it are those of ${kind}: txlab explain ${kind}`, 2),
    `  kind: ${kind}`,
    ...said.flatMap(([name, { description = '', default: value }]) => [
      ...comment(description, 2),
      `  ${name}: ${value}`,
    ]),
    ...(others.length === 0 ? [] : comment('And what is left out here:', 2)),
    ...others.flatMap(([name, { description = '' }]) => comment(`${name}: ${description}`, 2)),
  ];
}

function faultLines(fault: string): readonly string[] {
  const verbs = 'kill, restart, pause, cut, slow, fill, drop, duplicate, delay, clock, promote';
  return [
    ...comment(`Sentences, as behind txlab itself; [] is none. They begin with ${verbs}: txlab explain kill`),
    'faults:',
    `  - ${fault}`,
  ];
}

function comment(text: string, indent = 0): readonly string[] {
  const before = `${' '.repeat(indent)}# `;
  return wrap(text, WIDTH - before.length).map((line) => before + line);
}

const WIDTH = 110;
