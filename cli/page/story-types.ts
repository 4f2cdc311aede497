// What the page of a run draws, as plain data: made from a history on one side, drawn here and again in the browser. Times are
// microseconds since the clients began.

export interface Lane {
  readonly name: string;
  readonly role: string;
  readonly isStore: boolean;
  /** The site whose replicas stand together; null for who stands alone. */
  readonly group: string | null;
}

export const ARROWS = ['message', 'ask', 'answer'] as const;
export const MARKS = [
  'decision',
  'promise',
  'force',
  'hold',
  'crash',
  'boot',
  'fault',
  'phase',
  'note',
  'other',
] as const;

export type ArrowKind = (typeof ARROWS)[number];
export type MarkKind = (typeof MARKS)[number];

/** `unseen`: it left, and nothing shows that it arrived. `untraced`: to or from a store, which keeps no trace. */
export type Fate = 'arrived' | 'lost' | 'dropped' | 'unseen' | 'again' | 'untraced';

export interface Arrow {
  readonly kind: ArrowKind;
  /** Indices of lanes. */
  readonly lane: number;
  readonly to: number;
  readonly at: number;
  readonly end: number;
  readonly fate: Fate;
  readonly word: string;
  readonly about: string | null;
  /** Indices of events. */
  readonly events: readonly number[];
}

export interface Mark {
  readonly kind: MarkKind;
  /** Null: of the whole run. */
  readonly lane: number | null;
  readonly at: number;
  readonly word: string;
  readonly about: string | null;
  readonly events: readonly number[];
}

export type Item = Arrow | Mark;

/** `absent`: dead, paused, held or without room on its disk. `shared`: a lease beside another of the same lock. */
export type StretchKind = 'absent' | 'doubt' | 'blocked' | 'lease' | 'shared';

export interface Stretch {
  readonly kind: StretchKind;
  readonly lane: number;
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly about: string | null;
}

/** From just before a fault to just after its end. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface ShownEvent {
  readonly text: string;
  readonly event: unknown;
}

export interface Focus {
  readonly subjects: readonly string[];
  readonly from: number;
  readonly to: number;
}

export interface Story {
  readonly lanes: readonly Lane[];
  readonly items: readonly Item[];
  readonly stretches: readonly Stretch[];
  readonly windows: readonly Window[];
  readonly events: readonly ShownEvent[];
  readonly from: number;
  readonly to: number;
  readonly focus: Focus;
  /** So many events of the history there were, and so many are drawn or told. */
  readonly total: number;
  readonly told: number;
}

export function isArrow(item: Item): item is Arrow {
  return 'end' in item;
}
