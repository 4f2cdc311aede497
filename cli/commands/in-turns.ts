// In which order many runs are done: what is measured first, with nothing beside it, then everything else, some side by side.

export interface Turns<Item> {
  /** How many at a time, of those that need not be alone. */
  readonly jobs: number;
  readonly isAlone: (item: Item) => boolean;
  /** True from when no more is to begin. */
  readonly isOver: () => boolean;
}

/** `work` does not throw. */
export async function inTurns<Item>(
  items: readonly Item[],
  { jobs, isAlone, isOver }: Turns<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const { alone = [], others = [] } = Object.groupBy(items, (item) => (isAlone(item) ? 'alone' : 'others'));
  const workThrough = async (queue: Item[]) => {
    for (let next = queue.shift(); next !== undefined && !isOver(); next = queue.shift()) await work(next);
  };
  await workThrough(alone);
  await Promise.all(Array.from({ length: jobs }, () => workThrough(others)));
}
