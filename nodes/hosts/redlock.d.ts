// What is used of `redlock`, whose package hides its own types from whoever reads its exports.

declare module 'redlock' {
  export interface Lock {
    /** By `Date.now()`. */
    readonly expiration: number;
    readonly extend: (durationMs: number) => Promise<Lock>;
    readonly release: () => Promise<unknown>;
  }

  export default class Redlock {
    constructor(clients: Iterable<object>);
    acquire(resources: readonly string[], durationMs: number): Promise<Lock>;
  }
}
