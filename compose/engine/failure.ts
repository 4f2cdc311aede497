/** Turns whatever a call to the engine threw into a LabError that says what was attempted on which object. */
import { LabError, messageOf } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { CONTEXT_HINT, formatEndpoint, isSystemSocket } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

/** What a call wanted: `start` `container` `txlab-x`. */
export interface Attempt {
  readonly verb: string;
  readonly kind: 'container' | 'network' | 'volume' | 'image' | 'engine';
  readonly id: string;
}

/** The error of a call on a connection that had worked before. */
export function callFailure(error: unknown, attempt: Attempt): LabError {
  if (error instanceof LabError) return error;
  const what = shorten(`${attempt.verb} ${attempt.kind} ${attempt.id}`);
  const ids = { [attempt.kind]: attempt.id };
  const status = statusOf(error);
  if (status === undefined && isConnectionFailure(error)) {
    return new LabError('engine-lost', `${what}: the connection to the engine broke (${messageOf(error)}).`, {
      hint: 'docker info; then txlab clean, and run again',
      cause: error,
      ids,
    });
  }
  return new LabError(codeOf(error, status), `${what}: ${wordsOf(error)}`, { cause: error, ids, status });
}

function codeOf(error: unknown, status: number | undefined): ErrorCode {
  return status === 404 && /no such image/i.test(messageOf(error)) ? 'image-missing' : 'object-failed';
}

/** The error of the very first call. */
export function connectFailure(error: unknown, endpoint: Endpoint): LabError {
  if (error instanceof LabError) return error;
  const where = `${formatEndpoint(endpoint)} (${endpoint.from})`;
  if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM') {
    return new LabError('engine-refused', `This user may not open the engine's socket ${where}.`, {
      hint: 'sudo usermod -aG docker $USER, then log in again; or run txlab as root',
      cause: error,
    });
  }
  if (statusOf(error) !== undefined) {
    return new LabError('engine-refused', `The engine at ${where} refused: ${wordsOf(error)}`, {
      hint: 'txlab doctor',
      cause: error,
      status: statusOf(error),
    });
  }
  return new LabError('engine-missing', `No container engine answers at ${where}: ${messageOf(error)}.`, {
    hint: absenceHint(endpoint),
    cause: error,
  });
}

/** An engine elsewhere is not txlab's to set up: its address may be wrong, or not what the user means. */
function absenceHint(endpoint: Endpoint): string {
  if (isSystemSocket(endpoint)) return 'txlab setup';
  if (endpoint.from === 'DOCKER_HOST') return 'unset DOCKER_HOST, or correct the address in it';
  if (endpoint.from.startsWith('context ')) return CONTEXT_HINT;
  return 'txlab setup';
}

/** The HTTP status by which the engine answered, if it answered. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof LabError) return error.status;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** The engine's own words without the client's wrapping. */
function wordsOf(error: unknown): string {
  return shorten(messageOf(error).replace(/^\(HTTP code \d+\) [^-]* - /, '')).trim();
}

/** Ids of 64 digits as people know them, by their first 12. */
function shorten(text: string): string {
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1');
}

function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function isConnectionFailure(error: unknown): boolean {
  return CONNECTION_ERRORS.has(errnoOf(error) ?? '');
}

const CONNECTION_ERRORS: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOENT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
