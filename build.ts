/** Makes dist/: the command line, the node program, the watcher that cleans up after a killed lab, the keeper of a standing pool, and the script of a report's page. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { COMMONJS_NAMES } from './commonjs-names.ts';
import type { BuildOptions, OutputFile, Plugin } from 'esbuild';

const root = import.meta.dirname;
const dist = join(root, 'dist');

/** Parts of dockerode that txlab does not use: SSH transport and BuildKit sessions, the heaviest things in the bundle. */
const unusedParts: Plugin = {
  name: 'unused-parts',
  setup(builder) {
    const stub = (filter: RegExp, importers: RegExp): void =>
      builder.onResolve({ filter }, ({ path, importer }) =>
        importers.test(importer) ? { path, namespace: 'unused' } : undefined,
      );
    stub(/^\.\/ssh$/, /docker-modem/);
    stub(/^\.\/session$/, /dockerode/);
    builder.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error(${JSON.stringify(`${path} of dockerode is left out of txlab`)}); };`,
    }));
  },
};

/** The tables of Unicode take longer to make than a command to start: they are made when a character comes that they could say something of. */
const lateUnicode: Plugin = {
  name: 'late-unicode',
  setup(builder) {
    builder.onLoad({ filter: /node_modules\/string-width\/index\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      return { contents: `${source.replace(UNICODE, 'const $1 = txlabLate(() => $2);')}\n${LATE}`, loader: 'js' };
    });
  },
};

const UNICODE = /^const (\w+) = (\/.*\\p\{.*\/v|new Intl\.Segmenter\(\));$/gm;
const LATE = `function txlabLate(make) {
  let made;
  const get = () => (made ??= make());
  return { test: text => get().test(text), segment: text => get().segment(text), [Symbol.search]: text => get()[Symbol.search](text) };
}`;

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunk-[hash]',
  external: ['react-devtools-core'],
  define: { 'process.env.NODE_ENV': '"production"' },
  banner: { js: COMMONJS_NAMES },
  plugins: [unusedParts, lateUnicode],
  write: false,
  logLevel: 'warning',
  legalComments: 'none',
} as const satisfies BuildOptions;

interface Program {
  readonly name: string;
  readonly source: string;
  readonly splitting: boolean;
}

const PROGRAMS: readonly Program[] = [
  { name: 'cli', source: 'cli/entry.ts', splitting: true },
  { name: 'library', source: 'cli/library.ts', splitting: true },
  { name: 'node', source: 'nodes/main.ts', splitting: true },
  { name: 'watcher', source: 'compose/cleanup/watcher-main.ts', splitting: true },
  { name: 'pool-keeper', source: 'compose/pool/pool-keeper-main.ts', splitting: false },
];

async function bundle({ name, source, splitting }: Program): Promise<readonly OutputFile[]> {
  const made = await build({ ...common, entryPoints: { [name]: source }, splitting });
  return made.outputFiles;
}

/** One script that stands in a page, for any browser of these years. */
async function bundlePage(): Promise<readonly OutputFile[]> {
  const made = await build({
    ...common,
    entryPoints: { 'report-page': 'cli/page/browser/page.ts' },
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    outExtension: { '.js': '.js' },
    banner: {},
    minify: true,
  });
  return made.outputFiles;
}

/** A program that is running may load its chunks late, so files are replaced whole and old chunks are kept for a day. */
function put({ path, contents }: OutputFile): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, contents);
  renameSync(`${path}.${process.pid}`, path);
}

/** What is packed holds no chunk that nothing loads. */
function dropOldChunks(kept: ReadonlySet<string>, ageMs: number): void {
  const stale = readdirSync(dist).filter((name) => name.startsWith('chunk-') && !kept.has(join(dist, name)));
  for (const name of stale) if (Date.now() - statSync(join(dist, name)).mtimeMs >= ageMs) rmSync(join(dist, name));
}

const DAY_MS = 86_400_000;

/** The launcher builds again when a source is newer than this mark, which therefore bears the time of the start. */
function mark(started: Date): void {
  writeFileSync(join(dist, '.built'), '');
  utimesSync(join(dist, '.built'), started, started);
}

async function buildAll(): Promise<void> {
  const started = new Date();
  const files = (await Promise.all([...PROGRAMS.map(bundle), bundlePage()])).flat();
  for (const file of files) put(file);
  const isPackage = process.argv.includes('--package');
  dropOldChunks(new Set(files.map(({ path }) => path)), isPackage ? 0 : DAY_MS);
  if (isPackage) declareTypes();
  mark(started);
}

/** The types of the library, and of what they speak of, for whoever compiles against the package. */
function declareTypes(): void {
  const types = join(dist, 'types');
  rmSync(types, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', types];
  execFileSync(process.execPath, [tsc, '-p', root, ...options], { stdio: 'inherit' });
  const kept = reached(join(types, 'cli', 'library.d.ts'));
  for (const entry of readdirSync(types, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !kept.has(path)) rmSync(path);
  }
}

/** This file of declarations, and all that it and they import. */
function reached(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)\.ts'/g))
    reached(join(dirname(file), `${path}.d.ts`), found);
  return found;
}

try {
  await buildAll();
} catch {
  // esbuild has printed what is wrong, and where.
  process.exitCode = 1;
}
