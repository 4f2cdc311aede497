/** The one error class of txlab and the closed table of its codes. Expected outcomes are values, not errors. */

/** What a code means to the user of the command line. */
interface ErrorKind {
  /** The exit code of the command line: 2 wrong usage, 4 environment, 5 bug in txlab. */
  readonly exitCode: 2 | 4 | 5;
  /** One line for the README's table. */
  readonly doc: string;
}

export const ERRORS = {
  usage: { exitCode: 2, doc: 'A command, an option or a scenario is wrong; nothing was started.' },
  'engine-missing': { exitCode: 4, doc: 'No container engine answers at the address.' },
  'engine-refused': { exitCode: 4, doc: 'The engine is there, but this user may not talk to it, or not in this way.' },
  'engine-strange': {
    exitCode: 4,
    doc: 'What answers at the address is no container engine, or not in words that txlab can read.',
  },
  'engine-too-old': { exitCode: 4, doc: 'The engine speaks an API older than 1.40.' },
  'engine-lost': { exitCode: 4, doc: 'The engine stopped answering in the middle of the work.' },
  'image-missing': { exitCode: 4, doc: 'An image is not present and can be neither pulled nor made here.' },
  'image-failed': { exitCode: 4, doc: 'An image could not be pulled, made, or imported.' },
  'object-failed': { exitCode: 4, doc: 'The engine refused an operation on a container, network, volume or image.' },
  'setup-needed': { exitCode: 4, doc: 'Something must be installed or started first; the hint says what to type.' },
  'setup-failed': { exitCode: 4, doc: 'Installing or starting something was tried and failed.' },
  'fault-refused': {
    exitCode: 4,
    doc: 'The engine or its kernel cannot do a fault that is asked for; nothing was started.',
  },
  'run-folder': { exitCode: 4, doc: 'The folder of the run cannot be written.' },
  bug: { exitCode: 5, doc: 'txlab contradicts itself; please report it.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export interface LabErrorDetails {
  /** The next command to type, or the file to look at. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** What the error is about: container, network, image, run, node… */
  readonly ids?: Readonly<Record<string, string>> | undefined;
  /** The HTTP status by which the engine refused. */
  readonly status?: number | undefined;
}

export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly ids: Readonly<Record<string, string>>;
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, details: LabErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.ids = details.ids ?? {};
    this.status = details.status;
  }

  get exitCode(): number {
    return ERRORS[this.code].exitCode;
  }
}

export function isEngineLost(error: unknown): boolean {
  return error instanceof LabError && error.code === 'engine-lost';
}

/** The words of anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** What the engine makes of it; null where it refuses with this HTTP status. */
export async function unlessRefused<Made>(status: number, asked: Promise<Made>): Promise<Made | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof LabError && error.status === status) return null;
    throw error;
  }
}
