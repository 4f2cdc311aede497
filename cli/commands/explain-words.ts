// What the words of sentences mean: each fault, who `all` is, what `never` ends, and phases by the protocols that have them.

import { formatGap } from '../../nodes/contract/step.ts';
import { isMeddling, type MeddlingHow } from '../../nodes/contract/meddling.ts';
import { PROTOCOLS } from '../../nodes/protocols/catalog.ts';
import { FAULT_WORDS } from '../../scenarios/language/fault.ts';

type NodeWord = Exclude<(typeof FAULT_WORDS)[number], MeddlingHow>;

interface Meaning {
  readonly form: string;
  /** What is done, and how it was seen to be done. */
  readonly does: string;
  readonly evidence: string;
  readonly ends: string;
  readonly judged: string;
  readonly attempt: string;
}

const MEANINGS: Readonly<Record<NodeWord, Meaning>> = {
  kill: {
    form: 'kill <node>|<all>  [moment] [count] [then restart after <duration> | then never]',
    does: "SIGKILL by the engine: the node's process is gone in the middle of what it did, and so is all that it had not forced to disk.",
    evidence: 'exit code 137, not out of memory; its log is read as the dead process left it',
    ends: 'a new process on the same disk, address and name; after 3 s, or three times the bound B where that is more',
    judged: 'while it is dead it blocks others, and is not blocked itself; what it had forced must be there again',
    attempt: 'kill coordinator during prepare',
  },
  restart: {
    form: 'restart <node>|<all>  [moment] [count]',
    does: 'a kill that is ended at once: the process dies and a new one starts on what is on disk.',
    evidence: 'exit code 137, and the time until it was started again',
    ends: 'by itself',
    judged: 'as a kill that is over as soon as the node serves again',
    attempt: 'restart participant-2 after send vote',
  },
  pause: {
    form: 'pause <node>|<all>  [moment] [count] [for <duration> | then never]',
    does: 'the freezer stops every thread of the node where it stands. Its connections stay open, its clock goes on, and it forgets nothing.',
    evidence: 'the engine says paused, and a heartbeat is missed',
    ends: 'it goes on where it stood; timers that came due meanwhile expire at once, so it may act on what is long past',
    judged: 'as dead while it lasts; what it says afterwards is late',
    attempt: 'pause coordinator before force commit for 3s',
  },
  cut: {
    form: 'cut <nodes> [from <nodes>] [one-way]  [moment] [count] [for <duration> | then never]',
    does: 'packets between the two sides are dropped where they leave; with one-way those of the first side alone. Without from it is everybody else.',
    evidence: 'packets that the rules have counted, a probe among them; at the end a packet that passes',
    ends: 'the rules go. What TCP could not deliver it sends again; hosts drop connections that were silent and dial anew',
    judged: 'both sides live: whoever stays in doubt for longer than the bound B is blocked',
    attempt: 'cut participant-2 from coordinator during commit for 3s',
  },
  slow: {
    form: 'slow <nodes> [from <nodes>] by <duration>  [moment] [count] [for <duration> | then never]',
    does: 'every packet between the two sides leaves so much later, there and back, whatever it carries (netem, a queue of the kernel).',
    evidence: 'an echo that takes twice as long',
    ends: 'the queues go; what is in them TCP sends again',
    judged: 'nobody is dead and nobody is cut off: whoever gives up is too impatient, and must still be right',
    attempt: 'slow participant-2 from coordinator by 200ms for 3s',
  },
  fill: {
    form: 'fill <node> disk  [moment] [count] [for <duration>]',
    does: "the disk of the node's log takes no more (ENOSPC). Forced records wait for room, and so does all that the node would say after them.",
    evidence: 'the disk itself refused a write',
    ends: 'there is room again, and the node goes on writing',
    judged: 'as absent: it can neither promise nor decide',
    attempt: 'fill participant-2 disk at 500ms for 2s',
  },
  promote: {
    form: 'promote <store>  [moment] [count]',
    does: 'a replica is made a primary (REPLICAOF NO ONE), as a failover does. What its primary had not told it by then it never hears of; the primary goes on where it lives.',
    evidence: 'its own word, role:slave before and role:master after (INFO replication)',
    ends: 'by nothing: it stays a primary',
    judged: 'as over when it is done; a failover is two faults: a kill or a cut of the primary, and a promote',
    attempt: 'promote redis-2 at 1s --protocol redis:failover',
  },
  clock: {
    form: 'clock <store> forward|back <duration>  [moment] [count] [for <duration> | then never]',
    does: "the time of day jumps for the server of a store, and for nobody else: a library that is loaded with it (LD_PRELOAD) answers in the C library's place.",
    evidence:
      "the server's own time before and after (TIME of Redis); of ZooKeeper, which tells none, the time that its process was told",
    ends: 'the clock jumps to where it would be, which may end a lease as any jump forward does; a server that is started again meanwhile finds it moved',
    judged:
      'nobody is dead and nobody is cut off: what a lease by that clock was worth shows in the two holders of one lock',
    attempt: 'clock redis-3 forward 60s at 1s --protocol redlock',
  },
};

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  all: [
    'all participants   every node of a role, one after the other while the step is held; whoever is held is hit last',
    'all others         everybody but the node whose step the moment names, and the clients',
    'all                everybody but the clients, which stand outside of a protocol; cut … from all: everybody else',
    '',
    'try: txlab kill all participants during voted then restart after 2s',
  ],
  leader: [
    'zookeeper leader     the server that leads its ensemble when the fault comes: each says itself whether it does',
    'zookeeper others     all others; zookeeper majority: the leader and just enough others; zookeeper minority: the rest. Of a cut.',
    '',
    'Who was meant is in the evidence, and is asked once more when the fault is there: where another leads by then, and the one that was hit',
    'goes on, nobody can tell who was hit, and the run is inconclusive. So it is where nobody led.',
    '',
    'try: txlab kill zookeeper leader at 700ms then restart after 3s --protocol zookeeper',
  ],
  never: [
    'then never: nothing ends the fault. The clients go on for a while and are stopped; what stands then stands for ever, and is judged so:',
    'who is in doubt, who is blocked and on what, which keys stay locked. Safety is judged as ever. Progress is not: the fault is not healed.',
    '',
    'try: txlab kill coordinator during voted then never',
  ],
};

/** The words that have a meaning here. */
export const EXPLAINED_WORDS: readonly string[] = [...FAULT_WORDS, ...Object.keys(OTHERS)];

/** Null for what is no word of sentences. */
export function wordText(word: string): readonly string[] | null {
  const fault = FAULT_WORDS.find((one) => one === word);
  if (fault !== undefined) return isMeddling(fault) ? messageFaultText(fault) : nodeFaultText(MEANINGS[fault]);
  if (Object.hasOwn(OTHERS, word)) return OTHERS[word] ?? null;
  const phases = PROTOCOLS.flatMap(({ name, phases: own }) => {
    const phase = Object.hasOwn(own, word) ? own[word] : undefined;
    return phase ? [{ name, ...phase }] : [];
  });
  const [first] = phases;
  if (first === undefined) return null;
  return [
    `during ${word}, a phase of`,
    ...phases.map(({ name, role, gap, means }) => `  ${name.padEnd(22)} ${role} ${formatGap(gap)}: ${means}`),
    '',
    `try: txlab kill ${first.role} during ${word} --protocol ${first.name}`,
  ];
}

function nodeFaultText({ form, does, evidence, ends, judged, attempt }: Meaning): readonly string[] {
  return [
    form,
    '',
    `  ${does[0]?.toUpperCase()}${does.slice(1)}`,
    '',
    "when      during a phase, before or after a step, or at a time; without a moment during the protocol's first phase (prepare)",
    `evidence  ${evidence}`,
    `end       ${ends}`,
    `judged    ${judged}`,
    '',
    `try: txlab ${attempt}`,
  ];
}

function messageFaultText(verb: MeddlingHow): string[] {
  const by = verb === 'delay' ? ' by <duration>' : '';
  const own = {
    drop: 'The message never leaves its node. Whoever sent it does not know.',
    duplicate: 'The message leaves twice, one right after the other.',
    delay: 'The message leaves so much later. Others of the same connection pass it: they come in another order.',
  };
  return [
    `${verb} <word> [from <nodes>] [to <nodes>]${by} [<number> times]  [moment] [count] [end]`,
    '',
    `  ${own[verb]} It is done by the sender's host, between the machine and the network, and stands in`,
    '  the trace after the line sent, as meddled. No packet is touched.',
    '',
    'which     every message of this word that one node sends to another (txlab explain <protocol> lists the words under send);',
    '          what clients ask and are answered is none; where two such faults fit one message, the one that came first is done',
    'how many  all of them until the fault ends; so many with times, of one sender, whose host counts them',
    'when      from the beginning of the workload; at a step or in a phase only the messages about the transaction that stands',
    '          there; with of transaction N alone, as that one first sends such a message',
    'how long  for 3s, or three times the bound B where that is more; say for 10s. A delayed message leaves late all the same:',
    '          the fault has ended when the last one has left',
    'evidence  what the host did it to, said at the end; with no message met the run is inconclusive',
    '',
    `try: txlab ${verb} ${{ drop: 'ack from participant-1 2 times', duplicate: 'vote', delay: 'commit to participant-2 by 3s' }[verb]}`,
  ];
}
