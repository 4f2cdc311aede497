// The clock of a view. A lab that was stopped for a while, as a laptop that sleeps, has not read yet what nodes said meanwhile: the first tick
// after that says how late it is.

/** Ticks until it is stopped; `lateMs` is how much later than due a tick comes. */
export function startTicker(everyMs: number, tick: (lateMs: number) => void): () => void {
  let dueMs = performance.now() + everyMs;
  const ticker = setInterval(() => {
    const nowMs = performance.now();
    const lateMs = Math.max(0, nowMs - dueMs);
    dueMs = nowMs + everyMs;
    tick(lateMs);
  }, everyMs);
  ticker.unref();
  return () => clearInterval(ticker);
}
