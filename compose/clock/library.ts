// The files of the library that moves the clock of a store's server: one for each kind of machine.

/** By the engine's name for it. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;

export type Architecture = (typeof ARCHITECTURES)[number];

export function libraryName(architecture: Architecture): string {
  return `clock-${architecture}.so`;
}
