/** Where the container engine is: DOCKER_HOST, the Docker context in use, or the usual sockets, in Docker's own order. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LabError } from '../errors.ts';

export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export type Endpoint = {
  /** Which setting named it, for people: `DOCKER_HOST`, `context remote`, `default socket`. */
  readonly from: string;
} & (
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: TlsFiles | undefined }
);

export interface EndpointOptions {
  /** An address such as `unix:///var/run/docker.sock` or `tcp://build-box:2375`; wins over everything else. */
  readonly host?: string | undefined;
  /** The name of a Docker context; wins over the environment. */
  readonly context?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The engine's address. Fails with `engine-missing` for a context that does not exist and `engine-refused` for an address txlab cannot speak to. */
export function resolveEndpoint({ host, context, env = process.env }: EndpointOptions = {}): Endpoint {
  if (host) return parseHost(host, 'the --host option', environmentTls(env));
  if (context) return contextEndpoint(context, env);
  if (env['DOCKER_HOST']) return parseHost(env['DOCKER_HOST'], 'DOCKER_HOST', environmentTls(env));
  return contextEndpoint(env['DOCKER_CONTEXT'] || currentContext(env), env);
}

/** The address as one would type it into DOCKER_HOST. */
export function formatEndpoint(endpoint: Endpoint): string {
  return endpoint.kind === 'socket' ? `unix://${endpoint.path}` : `tcp://${endpoint.host}:${endpoint.port}`;
}

/** Whether it is where an engine listens that is installed and started on this machine. */
export function isSystemSocket(endpoint: Endpoint): boolean {
  return endpoint.kind === 'socket' && endpoint.path === DEFAULT_SOCKET;
}

function parseHost(text: string, from: string, tls: TlsFiles | undefined): Endpoint {
  const address = text.includes('://') ? text : `tcp://${text}`;
  if (address.startsWith('unix://')) return { from, kind: 'socket', path: address.slice(7) || DEFAULT_SOCKET };
  if (address.startsWith('npipe://')) {
    if (process.platform !== 'win32') throw pipeRefusal(text, from);
    return { from, kind: 'socket', path: address.slice(8) || '//./pipe/docker_engine' };
  }
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.hostname && TCP_SCHEMES.has(url.protocol)) {
    return { from, kind: 'tcp', host: url.hostname, port: Number(url.port || (tls ? 2376 : 2375)), tls };
  }
  throw new LabError(
    'engine-refused',
    `The engine address ${text} (from ${from}) is not one that txlab can speak to.`,
    {
      hint: address.startsWith('ssh://') ? forwardHint(address) : 'Use unix:///path/to.sock or tcp://host:port.',
    },
  );
}

/** A setting brought along from Windows: Docker Desktop gives WSL the usual socket. */
function pipeRefusal(text: string, from: string): LabError {
  const instead = `export DOCKER_HOST=unix://${DEFAULT_SOCKET}`;
  return new LabError(
    'engine-refused',
    `The engine address ${text} (from ${from}) is a named pipe of Windows, which this machine does not have.`,
    { hint: from.startsWith('context ') ? CONTEXT_HINT : `unset DOCKER_HOST; or ${instead}` },
  );
}

const DEFAULT_SOCKET = '/var/run/docker.sock';
const TCP_SCHEMES: ReadonlySet<string> = new Set(['tcp:', 'http:', 'https:']);

function forwardHint(address: string): string {
  const remote = address.slice('ssh://'.length).replace(/\/.*$/, '');
  return `ssh -fNL /tmp/txlab-docker.sock:${DEFAULT_SOCKET} ${remote} && export DOCKER_HOST=unix:///tmp/txlab-docker.sock`;
}

/** DOCKER_CERT_PATH with DOCKER_TLS_VERIFY, as Docker's own client reads them. */
function environmentTls(env: Readonly<Record<string, string | undefined>>): TlsFiles | undefined {
  if (!env['DOCKER_TLS_VERIFY']) return undefined;
  return readTls(env['DOCKER_CERT_PATH'] || configFolder(env));
}

function readTls(folder: string): TlsFiles | undefined {
  const file = (name: string): string => join(folder, name);
  if (!['ca.pem', 'cert.pem', 'key.pem'].every((name) => existsSync(file(name)))) return undefined;
  const text = (name: string): string => readFileSync(file(name), 'utf8');
  return { ca: text('ca.pem'), cert: text('cert.pem'), key: text('key.pem') };
}

function configFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker');
}

function currentContext(env: Readonly<Record<string, string | undefined>>): string {
  const name = at(readJson(join(configFolder(env), 'config.json')), 'currentContext');
  return typeof name === 'string' && name !== '' ? name : 'default';
}

function contextEndpoint(name: string, env: Readonly<Record<string, string | undefined>>): Endpoint {
  if (name === 'default') return { from: 'default socket', kind: 'socket', path: defaultSocket(env) };
  const contexts = join(configFolder(env), 'contexts');
  const folder = createHash('sha256').update(name).digest('hex');
  const host = at(readJson(join(contexts, 'meta', folder, 'meta.json')), 'Endpoints', 'docker', 'Host');
  if (typeof host !== 'string') {
    throw new LabError('engine-missing', `There is no usable Docker context named ${name}.`, {
      hint: CONTEXT_HINT,
    });
  }
  return parseHost(host, `context ${name}`, readTls(join(contexts, 'tls', folder, 'docker')));
}

/** What to try when a context leads to no engine. */
export const CONTEXT_HINT = 'docker context ls; then unset DOCKER_CONTEXT or run docker context use default';

/** The system's socket; where there is none, that of Docker Desktop or of a rootless engine. */
function defaultSocket(env: Readonly<Record<string, string | undefined>>): string {
  const candidates = [DEFAULT_SOCKET, join(env['HOME'] || homedir(), '.docker', 'run', 'docker.sock')];
  if (env['XDG_RUNTIME_DIR']) candidates.push(join(env['XDG_RUNTIME_DIR'], 'docker.sock'));
  return candidates.find((path) => existsSync(path)) ?? DEFAULT_SOCKET;
}

/** The parsed file, or undefined where there is none or it is not JSON. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  if (keys.length === 0 || typeof value !== 'object' || value === null) return keys.length === 0 ? value : undefined;
  return at(Object.entries(value).find(([key]) => key === keys[0])?.[1], ...keys.slice(1));
}
