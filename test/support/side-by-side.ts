// Runs of one test file side by side: most of a run waits for its own fault to last.

const SIDE_BY_SIDE = 4;
/** For the largest run, of a coordinator, a client and five participants. */
const PODS_A_RUN = 7;
export const PODS = SIDE_BY_SIDE * PODS_A_RUN;

/** Of jobs that are asked for in this order: whoever asks for one has the next few begun, too. Results that were fetched are not kept. */
export function sideBySide<Job, Result>(
  jobs: readonly Job[],
  run: (job: Job) => Promise<Result>,
): (job: Job) => Promise<Result> {
  const begun = new Map<Job, Promise<Result>>();
  return (job) => {
    const at = jobs.indexOf(job);
    for (const next of jobs.slice(at, at + SIDE_BY_SIDE)) {
      if (begun.has(next)) continue;
      const result = run(next);
      result.catch(() => {}); // Its own test says so.
      begun.set(next, result);
    }
    const own = begun.get(job) ?? run(job);
    // Histories are large; only those that are still to be looked at are kept.
    for (const done of jobs.slice(0, at + 1)) begun.delete(done);
    return own;
  };
}
