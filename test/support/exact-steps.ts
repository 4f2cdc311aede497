// What a node that a scenario of the catalog kills has done by then of the transaction that it hits.

/** The victim's effects about the target up to its death; the same must be in its log, and no more than that with its peers. */
export interface Exactly {
  readonly traced: readonly string[];
  readonly received: readonly string[];
}

export function exactlyOf(name: string): Exactly | undefined {
  return name.startsWith('3pc') ? exactlyOfThreePhase(name) : EXACTLY[name.replace(/^cooperative/, 'coordinator')];
}

const FIVE = [1, 2, 3, 4, 5].map((number) => `participant-${number}`);
const ASKED_ALL: Exactly = {
  traced: ['send prepare to participant-1', 'send prepare to participant-2'],
  received: ['prepare by participant-1', 'prepare by participant-2'],
};
const TOLD_ONE: Exactly = {
  traced: [
    'send prepare to participant-1',
    'send prepare to participant-2',
    'force commit',
    'send commit to participant-1',
  ],
  received: ['commit by participant-1', 'prepare by participant-1', 'prepare by participant-2'],
};

const TOLD_ALL: Exactly = {
  traced: [
    'send prepare to participant-1',
    'send prepare to participant-2',
    'force commit',
    'send commit to participant-1',
    'send commit to participant-2',
  ],
  received: [
    'commit by participant-1',
    'commit by participant-2',
    'prepare by participant-1',
    'prepare by participant-2',
  ],
};

const EXACTLY: Readonly<Record<string, Exactly>> = {
  'coordinator-crash-before-prepare': { traced: [], received: [] },
  'coordinator-crash-between-prepares': {
    traced: ['send prepare to participant-1'],
    received: ['prepare by participant-1'],
  },
  'coordinator-crash-before-decision': ASKED_ALL,
  'coordinator-never-returns': ASKED_ALL,
  'coordinator-crash-after-decision': {
    traced: ['send prepare to participant-1', 'send prepare to participant-2', 'force commit'],
    received: ['prepare by participant-1', 'prepare by participant-2'],
  },
  'coordinator-crash-between-commits': TOLD_ONE,
  'coordinator-coordinator-never-returns': TOLD_ONE,
  'coordinator-crash-after-commits': TOLD_ALL,
  'client-retries-after-crash': TOLD_ALL,
  'client-redoes-after-crash': TOLD_ALL,
  'participant-crash-before-prepared': { traced: [], received: [] },
  'participant-crash-after-prepared': { traced: ['force prepared'], received: [] },
  'participant-crash-after-vote': {
    traced: ['force prepared', 'send vote to coordinator'],
    received: ['vote by coordinator'],
  },
  'participant-crash-after-acknowledgement': {
    traced: ['force prepared', 'send vote to coordinator', 'force commit', 'send ack to coordinator'],
    received: ['ack by coordinator', 'vote by coordinator'],
  },
  'three-participants-one-dies-before-its-promise': { traced: [], received: [] },
  'participant-restarts-while-coordinator-is-away': ASKED_ALL,
  'coordinator-crash-and-cut-apart': TOLD_ONE,
  // What the client does is about operations; of the transaction itself it has neither record nor message.
  'client-crash-before-request': { traced: [], received: [] },
  'client-crash-before-decision': { traced: [], received: [] },
  'presumed-commit-crash-before-prepare': { traced: ['force collecting'], received: [] },
  'presumed-commit-crash-between-prepares': {
    traced: ['force collecting', 'send prepare to participant-1'],
    received: ['prepare by participant-1'],
  },
  'presumed-commit-crash-before-decision': {
    traced: ['force collecting', 'send prepare to participant-1', 'send prepare to participant-2'],
    received: ['prepare by participant-1', 'prepare by participant-2'],
  },
  'presumed-commit-crash-after-decision': {
    traced: ['force collecting', 'send prepare to participant-1', 'send prepare to participant-2', 'force commit'],
    received: ['prepare by participant-1', 'prepare by participant-2'],
  },
  'presumed-commit-participant-crash-after-vote': {
    traced: ['force prepared', 'send vote to coordinator'],
    received: ['vote by coordinator'],
  },
  'presumed-commit-participant-crash-before-commit-record': {
    traced: ['force prepared', 'send vote to coordinator'],
    received: ['vote by coordinator'],
  },
  'presumed-nothing-participant-crash-after-prepared': { traced: ['force prepared'], received: [] },
  'participant-crash-before-commit-record': {
    traced: ['force prepared', 'send vote to coordinator'],
    received: ['vote by coordinator'],
  },
  'coordinator-crash-before-decision-five-participants': {
    traced: FIVE.map((participant) => `send prepare to ${participant}`),
    received: FIVE.map((participant) => `prepare by ${participant}`),
  },
  'inventory-crash-before-decision': {
    traced: ['send prepare to participant-1', 'send prepare to participant-2'],
    received: ['prepare by participant-1', 'prepare by participant-2'],
  },
  'inventory-crash-after-decision': {
    traced: ['send prepare to participant-1', 'send prepare to participant-2', 'force commit'],
    received: ['prepare by participant-1', 'prepare by participant-2'],
  },
  'inventory-warehouse-dies-in-doubt': {
    traced: ['force prepared', 'send vote to coordinator'],
    received: ['vote by coordinator'],
  },
};

const PREPARES = ['send prepare to participant-1', 'send prepare to participant-2'];
const PRECOMMITS = ['send precommit to participant-1', 'send precommit to participant-2'];
const heard = (...sent: readonly string[]) =>
  sent.map((effect) => effect.replace(/^send (\S+) to (\S+)$/, '$1 by $2')).toSorted();

/** The same for three-phase commit. With quorums the coordinator writes its own pre-commit before it sends any. */
function exactlyOfThreePhase(name: string): Exactly | undefined {
  const own = name.startsWith('3pc-quorum-') ? ['force precommit'] : [];
  const steps: Readonly<Record<string, readonly string[]>> = {
    'client-crash-before-decision': [],
    'crash-before-prepare': [],
    'crash-between-prepares': PREPARES.slice(0, 1),
    'crash-before-own-precommit': PREPARES,
    'crash-before-precommit': [...PREPARES, ...own],
    'coordinator-never-returns': [...PREPARES, ...own],
    'crash-before-precommit-five-participants': [
      ...FIVE.map((participant) => `send prepare to ${participant}`),
      ...own,
    ],
    'crash-between-precommits': [...PREPARES, ...own, ...PRECOMMITS.slice(0, 1)],
    'crash-after-precommits': [...PREPARES, ...own, ...PRECOMMITS],
    'crash-after-decision': [...PREPARES, ...own, ...PRECOMMITS, 'force commit'],
    'crash-between-commits': [...PREPARES, ...own, ...PRECOMMITS, 'force commit', 'send commit to participant-1'],
    'crash-after-commits': [
      ...PREPARES,
      ...own,
      ...PRECOMMITS,
      'force commit',
      'send commit to participant-1',
      'send commit to participant-2',
    ],
    'three-participants-one-dies-before-its-promise': [],
    'participant-crash-before-prepared': [],
    'participant-crash-after-prepared': ['force prepared'],
    'participant-crash-after-vote': ['force prepared', 'send vote to coordinator'],
    'participant-crash-before-commit-record': [
      'force prepared',
      'send vote to coordinator',
      'force precommit',
      'send ack to coordinator',
    ],
  };
  const traced = steps[name.replace(/^3pc-(timeout-|quorum-)?/, '')];
  return traced && { traced, received: heard(...traced.filter((effect) => effect.startsWith('send '))) };
}
