// An event of a history on one line, by the one clock for people: seconds since the clients began.

import { newsText, YIELDED } from '../feed/phrases.ts';
import { formatGap } from '../../nodes/contract/step.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Note } from '../../nodes/contract/notes.ts';

/** When the clients began; where they never did, when the history begins. */
export function servedAt(events: readonly HistoryEvent[]): number {
  const serving = events.find((event) => event.kind === 'phase' && event.phase === 'serving');
  return (serving ?? events.find(({ at }) => at > 0))?.at ?? 0;
}

/** Short enough to read beside others. */
export function eventText(event: HistoryEvent, served: number): string {
  const time = ((event.at - served) / 1e6).toFixed(6).padStart(10);
  return [`${time} s `, 'node' in event ? event.node : 'txlab', event.kind, detailOf(event, served)]
    .filter(Boolean)
    .join(' ');
}

/** The transaction, or whatever else it is about. */
export function aboutOf(event: HistoryEvent): string | null {
  switch (event.kind) {
    case 'durable':
    case 'appended':
      return event.record.about;
    case 'sent':
    case 'lost':
    case 'received':
      return event.message.about;
    case 'told':
      return 'about' in event.note ? (event.note.about ?? null) : null;
    case 'asked':
      return event.body?.about ?? null;
    case 'expired':
    case 'held':
    case 'meddled':
      return event.about;
    default:
      return null;
  }
}

function detailOf(event: HistoryEvent, served: number): string {
  switch (event.kind) {
    case 'durable':
    case 'appended': {
      const { word, about, body } = event.record;
      return words(word, about, contentOf(body));
    }
    case 'sent':
    case 'lost':
      return words(event.message.word, event.message.about, `to ${event.to}`, contentOf(event.message));
    case 'received':
      return words(event.message.word, event.message.about, `from ${event.from}`, contentOf(event.message));
    case 'ignored':
      return `${event.word} from ${event.from}: ${event.reason.replace('-', ' ')}`;
    case 'meddled':
      return words(event.did, event.word, event.about, `to ${event.to}`);
    case 'asked':
    case 'answered': {
      const preposition = (event.kind === 'asked') === (event.way === 'out') ? 'to' : 'by';
      return words(event.word, event.op, `${preposition} ${event.peer}`, contentOf(event.body));
    }
    case 'expired':
      return words(event.word, event.about);
    case 'told':
      return noteText(event.node, event.note, served);
    case 'fault':
      return `${event.fault}: ${event.evidence.text}`;
    case 'held':
      return words(event.about, formatGap(event.gap));
    case 'phase':
      return words(event.phase, event.detail);
    default:
      return '';
  }
}

function noteText(node: Parameters<typeof newsText>[0], note: Note, served: number): string {
  switch (note.word) {
    case 'elected':
    case 'terminated':
      return newsText(node, note);
    case 'yielded':
      return words(note.word, note.about, `(${YIELDED[note.why]})`);
    case 'waits':
    case 'queued':
      return words(note.word, note.about, `for ${note.key}`);
    case 'granted':
      return words(note.word, note.about, note.key, untilText(note.until, served), tokenText(note.token));
    case 'extended':
      return words(note.word, note.about, untilText(note.until, served));
    default:
      return plainNoteText(note);
  }
}

const untilText = (until: number, served: number) => `until ${((until - served) / 1e6).toFixed(6)} s`;
const tokenText = (token: number | undefined) => (token === undefined ? '' : `(token ${token})`);

function plainNoteText(note: Note): string {
  if (note.word === 'completed') return words(note.word, note.op, note.about, note.outcome, `(${note.reason})`);
  if (note.word === 'invoked') return words(note.word, note.op, contentOf(note.request));
  return words(note.word, 'about' in note ? note.about : null, 'op' in note ? `for ${note.op}` : null);
}

function words(...parts: readonly (string | null | undefined)[]): string {
  return parts.filter(Boolean).join(' ');
}

/** What decides, beside the word and the subject: `(vote yes)`. What is long is cut. */
function contentOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const fields = Object.entries(body).filter(([name, value]) => !NAMED.includes(name) && value !== undefined);
  if (fields.length === 0) return '';
  const text = fields.map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const whole = text.join(', ');
  return `(${whole.length > CONTENT_MAX ? `${whole.slice(0, CONTENT_MAX)}…` : whole})`;
}

/** Stands on the line already. */
const NAMED = ['word', 'about'];
const CONTENT_MAX = 120;
