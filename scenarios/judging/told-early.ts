// What a node said on the strength of a record that it forces, before that record was on disk: a crash between the two would have made the
// word untrue, whether or not one came.

import type { TraceEvent } from '../../nodes/contract/events.ts';
import type { TxId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import { own } from '../../nodes/contract/own.ts';
import { ballotIn } from '../../nodes/contract/votes.ts';
import type { Facts } from '../checkers/facts.ts';
import { factsOf } from '../checkers/gather.ts';
import { isPlainSite } from '../checkers/sites.ts';
import type { History } from '../findings.ts';
import type { Plan } from '../plan/plan-types.ts';

/** One sentence for each word of each role; none where nobody says what is forced. */
export function toldEarly(history: History, { forced = {} }: Pick<Plan, 'forced'>): readonly string[] {
  const facts = factsOf(history);
  const { protocol, roles } = history.run;
  const onDisk = new Set<string>();
  const unfounded = new Map<string, string>();
  const found = new Map<string, string>();
  for (const event of history.events) {
    // What was read from disk may have lost its line in the trace to a kill.
    if (event.kind === 'logged') for (const record of event.records) onDisk.add(nameOf(event.node, record));
    if (!('seq' in event)) continue;
    const role = own(roles, event.node) ?? '';
    if (event.kind === 'durable') {
      const name = nameOf(event.node, event.record);
      const { word } = event.record;
      const said = onDisk.has(name) ? undefined : unfounded.get(name);
      onDisk.add(name);
      if (said === undefined || !own(forced, role)?.includes(word) || found.has(`${role} ${said}`)) continue;
      const reason = `${event.node} said ${said} of ${event.record.about} before its ${word} record was on disk, which ${protocol} forces.`;
      found.set(`${role} ${said}`, reason);
      continue;
    }
    const said = saidIn(facts, event);
    const name = said && nameOf(event.node, said.record);
    if (said && name !== null && !onDisk.has(name) && !unfounded.has(name)) unfounded.set(name, said.word);
  }
  return [...found.values()];
}

interface Said {
  readonly word: string;
  /** Without which it ought not to be said. */
  readonly record: Pick<LogRecord, 'mark' | 'word'> & { readonly about: TxId };
}

/** A decision, a yes, or an ok to a client. Of a site with several nodes, whoever leads need not wait for its own disk. */
function saidIn(facts: Facts, event: TraceEvent): Said | null {
  if (!isPlainSite(facts, facts.siteOf(event.node))) return null;
  if (event.kind === 'answered' && event.way === 'out' && event.word === 'ok') {
    const [began, ...others] = facts.ops.get(event.op)?.began ?? [];
    return began && others.length === 0 ? { word: 'ok', record: decisionOn(began.note.about, 'commit') } : null;
  }
  if (event.kind !== 'sent' || event.message.about === null) return null;
  const about = event.message.about as TxId;
  const { word } = event.message;
  if (word === 'commit' || word === 'abort') return { word, record: decisionOn(about, word) };
  if (ballotIn(event.message) !== 'yes') return null;
  return { word: 'yes', record: { mark: 'prepared', word: 'prepared', about } };
}

const decisionOn = (about: TxId, word: string) => ({ mark: 'decision', word, about }) as const;

function nameOf(node: string, { mark, word, about }: Pick<LogRecord, 'mark' | 'word' | 'about'>): string {
  return `${node} ${mark} ${word} ${about}`;
}
