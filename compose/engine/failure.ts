/** Turns whatever a call to the engine threw into a LabError that says what was attempted on which object. */
import { LabError, messageOf } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { CONTEXT_HINT, formatEndpoint, isSystemSocket } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { Misshapen } from './shape.ts';

/** What a call wanted: `start` `container` `txlab-x`. */
export interface Attempt {
  readonly verb: string;
  readonly kind: 'container' | 'network' | 'volume' | 'image' | 'engine';
  readonly id: string;
}

/** The error of a call on a connection that had worked before. */
export function callFailure(error: unknown, attempt: Attempt, endpoint: Endpoint): LabError {
  if (error instanceof LabError) return error;
  const what = shorten(`${attempt.verb} ${attempt.kind} ${attempt.id}`);
  const ids = { [attempt.kind]: attempt.id };
  if (error instanceof Misshapen) {
    return new LabError(
      'engine-strange',
      `${what}: ${shorten(error.message)}; that is no answer of an engine, at ${whereIs(endpoint)}.`,
      {
        hint: strangerHint(endpoint),
        cause: error,
        ids,
      },
    );
  }
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
  const where = whereIs(endpoint);
  if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM') {
    return new LabError('engine-refused', `This user may not open the engine's socket ${where}.`, {
      hint: 'sudo usermod -aG docker $USER, then log in again; or run txlab as root',
      cause: error,
    });
  }
  const strangeness = strangenessOf(error);
  if (strangeness !== undefined) {
    return new LabError('engine-strange', `What answers at ${where} is no container engine: ${strangeness}.`, {
      hint: strangerHint(endpoint),
      cause: error,
    });
  }
  if (statusOf(error) !== undefined) {
    return new LabError('engine-refused', `The engine at ${where} refused: ${wordsOf(error)}`, {
      hint: refusalHint(error, endpoint),
      cause: error,
      status: statusOf(error),
    });
  }
  return new LabError('engine-missing', `No container engine answers at ${where}: ${causeText(error)}.`, {
    hint: absenceHint(endpoint),
    cause: error,
  });
}

/** Why nothing answers, before the system's own words. */
export function causeText(error: unknown): string {
  const why = CAUSES.get(errnoOf(error) ?? '');
  return why === undefined ? messageOf(error) : `${why} (${messageOf(error)})`;
}

const CAUSES: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such socket'],
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'no host of this name is known'],
  ['EAI_AGAIN', 'the name of the host cannot be looked up now'],
  ['EHOSTUNREACH', 'no way leads to this host'],
  ['ENETUNREACH', 'no way leads to this network'],
  ['ETIMEDOUT', 'the host does not answer'],
  ['ECONNRESET', 'it breaks the connection off'],
  ['ENOTSOCK', 'what is there is no socket'],
]);

const whereIs = (endpoint: Endpoint): string => `${formatEndpoint(endpoint)} (${endpoint.from})`;

/** Why it cannot be an engine that has answered. Every engine knows the two things that it is asked first, and sends nobody elsewhere. */
function strangenessOf(error: unknown): string | undefined {
  if (error instanceof Misshapen) return error.message;
  if (errnoOf(error)?.startsWith('HPE_')) return `it does not speak HTTP (${messageOf(error)})`;
  const status = statusOf(error) ?? 0;
  return status === 404 || (status >= 300 && status < 400) ? `it answers HTTP ${status}` : undefined;
}

function strangerHint(endpoint: Endpoint): string {
  const atSocket =
    endpoint.kind === 'socket' ? `sudo ss -xlp | grep ${endpoint.path}, to see who listens there` : undefined;
  return addressHint(endpoint) ?? atSocket ?? 'docker version, to see what answers';
}

function refusalHint(error: unknown, endpoint: Endpoint): string {
  if (/HTTP request to an HTTPS server/i.test(messageOf(error)))
    return 'export DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=folder-of-the-certificates';
  return addressHint(endpoint) ?? 'docker version, to see what it answers there';
}

/** An engine elsewhere is not txlab's to set up: its address may be wrong, or not what the user means. */
function absenceHint(endpoint: Endpoint): string {
  return isSystemSocket(endpoint) ? 'txlab setup' : (addressHint(endpoint) ?? 'txlab setup');
}

/** Undefined where nobody has set the address. */
function addressHint({ from }: Endpoint): string | undefined {
  if (from === 'DOCKER_HOST') return 'unset DOCKER_HOST, or correct the address in it';
  return from.startsWith('context ') ? CONTEXT_HINT : undefined;
}

/** The HTTP status by which the engine answered, if it answered. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof LabError) return error.status;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** The engine's own words without the client's wrapping; where there are none that say anything, the status. */
function wordsOf(error: unknown): string {
  const words = shorten(messageOf(error).replace(/^\(HTTP code \d+\) [^-]* - /, '')).trim();
  const status = statusOf(error);
  if (status === undefined) return words || 'without a word';
  if (words === '' || words === '[object Object]') return `HTTP ${status} without a word`;
  if (words.startsWith('<')) return `HTTP ${status} with a web page`;
  return words.length > WORDS_MAX ? `${words.slice(0, WORDS_MAX)}…` : words;
}

const WORDS_MAX = 500;

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
