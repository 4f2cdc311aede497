/** All of them, or the first failure once none is under way any more: what is removed then is not being made. */
export async function allOf<Value>(work: readonly Promise<Value>[]): Promise<Value[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
