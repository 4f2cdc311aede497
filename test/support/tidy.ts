// Who may import whom, as a table, and the check of one file's imports against it.

export interface Rule {
  /** With everything below; or a single file. */
  readonly folder: string;
  /** Folders (with everything below) and packages; `node:*` stands for all modules of Node. */
  readonly may: readonly string[];
  readonly because: string;
}

/** The most specific folder's rule counts. */
export const RULES: readonly Rule[] = [
  { folder: 'nodes/contract', may: ['nodes/contract'], because: 'the contract is what everything else stands on' },
  {
    folder: 'nodes/stores',
    may: ['nodes/contract', 'nodes/stores'],
    because: 'what stores are asked is the same for all',
  },
  {
    folder: 'nodes/workloads',
    may: ['nodes/contract', 'nodes/workloads'],
    because: 'what clients do knows no protocol',
  },
  {
    folder: 'nodes/stores',
    may: ['nodes/contract', 'nodes/stores'],
    because: 'what is asked of a store is said apart from who asks and how',
  },
  {
    folder: 'nodes/protocols',
    may: ['nodes/contract', 'nodes/protocols', 'nodes/stores', 'nodes/workloads'],
    because: 'machines are pure: time, randomness and ids come in with the input',
  },
  { folder: 'nodes/hosts', may: ['nodes', 'node:*'], because: 'a host drives machines and knows no engine' },
  { folder: 'nodes', may: ['nodes', 'node:*'], because: 'the node program runs alone in its container' },
  {
    folder: 'compose',
    may: ['compose', 'nodes', 'node:*', 'tar-stream', 'yaml', 'zod'],
    because: 'the cluster knows nodes, not scenarios',
  },
  {
    folder: 'compose/errors.ts',
    may: [],
    because: 'every room of compose stands on the errors',
  },
  {
    folder: 'compose/command.ts',
    may: ['compose/errors.ts'],
    because: 'running a program takes no engine',
  },
  {
    folder: 'compose/lock.ts',
    may: ['compose/errors.ts', 'compose/engine/owner.ts', 'node:*'],
    because: 'a lock between processes takes no engine, only the proof that its holder is dead',
  },
  {
    folder: 'compose/faults.ts',
    may: ['nodes/contract'],
    because: 'a fault is a word between scenarios and cluster',
  },
  {
    folder: 'compose/cluster.ts',
    may: ['compose/faults.ts', 'nodes/contract'],
    because: 'the port of a cluster says nothing of how one is made',
  },
  {
    folder: 'compose/engine',
    may: ['compose/engine', 'compose/errors.ts', 'node:*', 'tar-stream'],
    because: 'the engine knows containers, not what they are for',
  },
  {
    folder: 'compose/recipes',
    may: ['compose/recipes', 'compose/engine/tar.ts', 'compose/command.ts', 'compose/errors.ts', 'node:*'],
    because: 'a recipe gives files, and whoever asks makes an image of them',
  },
  {
    folder: 'compose/setup',
    may: [
      'compose/setup',
      'compose/recipes',
      'compose/engine',
      'compose/command.ts',
      'compose/lock.ts',
      'compose/errors.ts',
      'node:*',
    ],
    because: 'setting up is over before there is a node',
  },
  {
    folder: 'compose/pods',
    may: ['compose/pods', 'compose/setup/images.ts', 'compose/engine', 'compose/errors.ts', 'nodes', 'node:*'],
    because: 'a pod knows neither who leases it nor who removes it',
  },
  {
    folder: 'compose/cleanup',
    may: ['compose/cleanup', 'compose/pods/pod-files.ts', 'compose/engine', 'compose/errors.ts', 'node:*'],
    because: 'cleaning up goes by labels, and takes along the files that nodes left',
  },
  {
    folder: 'compose/pool',
    may: [
      'compose/pool',
      'compose/cleanup',
      'compose/pods',
      'compose/engine',
      'compose/errors.ts',
      'nodes/contract',
      'node:*',
    ],
    because: 'a pool makes pods, leases them and removes them; no pod and no cleanup knows of it',
  },
  {
    folder: 'scenarios/checkers',
    may: ['scenarios/checkers', 'scenarios/findings.ts', 'nodes/contract'],
    because: 'a checker reads histories and never a protocol, so that a bug cannot vouch for itself',
  },
  {
    folder: 'scenarios/workloads',
    may: ['scenarios/workloads', 'scenarios/language', 'nodes/contract', 'nodes/workloads', 'zod'],
    because: 'what scenarios know of a workload is said once, for whoever reads, plans or shows it',
  },
  {
    folder: 'scenarios/language',
    may: [
      'scenarios/language',
      'scenarios/workloads',
      'scenarios/checkers/properties.ts',
      'scenarios/findings.ts',
      'nodes/contract',
      'nodes/protocols/catalog.ts',
      'nodes/workloads/catalog.ts',
      'compose/faults.ts',
      'compose/errors.ts',
      'zod',
      'yaml',
      'node:*',
    ],
    because: 'words become a scenario before anything is planned',
  },
  {
    folder: 'scenarios/plan',
    may: [
      'scenarios/plan',
      'scenarios/language',
      'scenarios/workloads',
      'scenarios/checkers/properties.ts',
      'scenarios/findings.ts',
      'nodes/contract',
      'nodes/protocols/catalog.ts',
      'nodes/protocols/client.ts',
      'compose/faults.ts',
    ],
    because: 'a plan is a pure function of a scenario and a seed',
  },
  {
    folder: 'scenarios/history',
    may: [
      'scenarios/history',
      'scenarios/language/nearest.ts',
      'scenarios/findings.ts',
      'compose/errors.ts',
      'nodes/contract',
      'zod',
      'node:*',
    ],
    because: 'a history is read without knowing what was planned or found',
  },
  {
    folder: 'scenarios/judging',
    may: [
      'scenarios/judging',
      'scenarios/checkers',
      'scenarios/history',
      'scenarios/plan/plan-types.ts',
      'scenarios/findings.ts',
      'nodes/contract',
    ],
    because: 'a judgement rests on a history and a plan, and on no run',
  },
  {
    folder: 'scenarios',
    may: [
      'scenarios',
      'nodes/contract',
      'nodes/protocols/catalog.ts',
      'nodes/protocols/client.ts',
      'nodes/workloads',
      'compose/cluster.ts',
      'compose/faults.ts',
      'compose/errors.ts',
      'zod',
      'yaml',
      'node:*',
    ],
    because: 'scenarios know the ports of a cluster, not its arms',
  },
  {
    folder: 'cli',
    may: ['cli', 'scenarios', 'compose', 'nodes', 'yargs', 'zod', 'node:*', 'package.json'],
    because: 'the command line is the top of the pipe',
  },
  {
    folder: 'cli/reports',
    may: [
      'cli/reports',
      'cli/feed',
      'cli/paint.ts',
      'cli/usage.ts',
      'scenarios',
      'compose/errors.ts',
      'nodes/contract',
      'node:*',
    ],
    because: 'a report says what was found, and runs nothing',
  },
  {
    folder: 'cli/page',
    may: [
      'cli/page',
      'cli/reports',
      'cli/feed',
      'cli/package.ts',
      'scenarios',
      'compose/errors.ts',
      'nodes/contract',
      'nodes/hosts/tally.ts',
      'node:*',
    ],
    because: 'the page of a run is drawn from its history, and runs nothing',
  },
  {
    folder: 'cli/page/browser',
    may: ['cli/page/draw.ts', 'cli/page/story-types.ts'],
    because: 'what runs in a browser knows the drawing and its data alone',
  },
  {
    folder: 'cli/feed',
    may: ['cli/feed', 'cli/paint.ts', 'scenarios', 'compose/faults.ts', 'nodes/contract'],
    because: 'what is followed knows neither who draws it nor which command runs',
  },
  {
    folder: 'cli/dashboard',
    may: ['cli/dashboard', 'cli/feed', 'scenarios', 'compose/faults.ts', 'nodes/contract', 'ink', 'react'],
    because: 'the dashboard draws what the run tells, and nothing but the dashboard draws with Ink',
  },
];

/** A foreign library has one file; its types do not leave it. */
export const OWNERS: Readonly<Record<string, readonly string[]>> = {
  dockerode: ['compose/engine/engine.ts'],
  execa: ['compose/command.ts'],
  yargs: ['cli/command-line.ts'],
  ioredis: ['nodes/hosts/redis-client.ts', 'nodes/hosts/plain-redis.ts'],
  redlock: ['nodes/hosts/redlock-npm.ts'],
  'redis-semaphore': ['nodes/hosts/redis-semaphore.ts'],
  'node-zookeeper-client': [
    'nodes/hosts/zookeeper-client.ts',
    'nodes/hosts/zookeeper-raw.ts',
    'nodes/hosts/zookeeper-operations.ts',
  ],
};

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly imported: string;
  readonly because: string;
}

/** The imports of a file that its folder's rule does not allow. `file` is relative to the root, with `/`. */
export function violations(file: string, text: string): Violation[] {
  const rule = RULES.filter(({ folder }) => file === folder || file.startsWith(`${folder}/`)).toSorted(
    (a, b) => b.folder.length - a.folder.length,
  )[0];
  if (!rule) return [];
  return importsOf(text).flatMap(({ line, specifier }) => {
    const imported = specifier.startsWith('.') ? resolveFrom(file, specifier) : specifier;
    const owners = OWNERS[packageOf(imported)];
    if (owners)
      return owners.includes(file)
        ? []
        : [{ file, line, imported, because: `${packageOf(imported)} belongs to ${owners.join(', ')}` }];
    return isAllowed(rule, imported) ? [] : [{ file, line, imported, because: rule.because }];
  });
}

/** What each of these files imports of the others, types included. */
export function importsAmong(texts: ReadonlyMap<string, string>): Imports {
  return new Map(
    [...texts].map(([file, text]) => {
      const imported = importsOf(text).map(({ specifier }) => resolveFrom(file, specifier));
      return [file, imported.filter((other) => texts.has(other))];
    }),
  );
}

/** By file. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** Files that come back to themselves by their imports, in groups that reach each other. */
export function circlesOf(imports: Imports): readonly (readonly string[])[] {
  const reached = new Map([...imports.keys()].map((file) => [file, reachedFrom(file, imports)]));
  const reaches = (from: string, to: string) => reached.get(from)?.has(to) ?? false;
  const inCircles = [...imports.keys()].filter((file) => reaches(file, file)).toSorted();
  const groups = inCircles.map((file) =>
    inCircles.filter((other) => other === file || (reaches(file, other) && reaches(other, file))),
  );
  return groups.filter((group, index) => group[0] === inCircles[index]);
}

function reachedFrom(file: string, imports: Imports): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const imported of imports.get(next) ?? []) {
      if (!reached.has(imported)) open.push(imported);
      reached.add(imported);
    }
  return reached;
}

function isAllowed({ may }: Rule, imported: string): boolean {
  return may.some((allowed) => {
    if (allowed === 'node:*') return imported.startsWith('node:');
    return imported === allowed || imported.startsWith(`${allowed}/`) || packageOf(imported) === allowed;
  });
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

function importsOf(text: string): { line: number; specifier: string }[] {
  const found: { line: number; specifier: string }[] = [];
  for (const match of text.matchAll(/(?<!['"\w])(?:from\s+|import\s+|import\()'([^'\n]+)'/g)) {
    found.push({ line: text.slice(0, match.index).split('\n').length, specifier: match[1] ?? '' });
  }
  return found;
}

function resolveFrom(file: string, specifier: string): string {
  const parts = file.split('/').slice(0, -1);
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop();
    else if (step !== '.') parts.push(step);
  }
  return parts.join('/');
}
