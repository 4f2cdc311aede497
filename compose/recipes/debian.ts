/** Files of Debian packages: this machine's own where a package is installed, else downloaded and unpacked. Installs nothing. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { runCommand, tryCommand } from '../command.ts';
import { LabError } from '../errors.ts';
import type { Kitchen } from './recipe.ts';

/** Packages unpacked in a folder, over what is installed. */
export class PackageFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where a file of the packages is on this machine. Fails with `image-failed` when they have no such file. */
  need(path: string): string {
    const found = this.find(path);
    if (found === undefined) throw new LabError('image-failed', `The Debian packages hold no ${path}.`);
    return found;
  }

  /** As need, but undefined when they have no such file. */
  find(path: string): string | undefined {
    return this.#follow(path);
  }

  /** The names in a folder of the packages. */
  list(path: string): readonly string[] {
    return readdirSync(this.need(path));
  }

  /** The plain files of a folder and of those below it, as paths of the packages; links that lead nowhere are left out. */
  tree(path: string): readonly string[] {
    return this.list(path).flatMap((name) => {
      const inside = this.#follow(join(path, name));
      if (inside === undefined) return [];
      return lstatSync(inside).isDirectory() ? this.tree(join(path, name)) : [join(path, name)];
    });
  }

  /** For the loader to look in before this machine's own folders. */
  get libraryFolders(): readonly string[] {
    return ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((path) => join(this.#folder, path));
  }

  /** Links are followed by hand, since an absolute one means a file of the packages and not one of this machine. */
  #follow(path: string, depth = 0): string | undefined {
    const found = [join(this.#folder, path), join('/', path)].find(
      (candidate) => lstatSync(candidate, NO_THROW) !== undefined,
    );
    if (found === undefined || !lstatSync(found).isSymbolicLink() || depth > LINKS_MAX) return found;
    return this.#follow(resolve(dirname(path), readlinkSync(found)), depth + 1);
  }
}

const NO_THROW = { throwIfNoEntry: false } as const;
const LINKS_MAX = 10;

export interface OpenOptions {
  /** Leave out the libraries that the packages depend on. */
  readonly alone?: boolean;
}

/**
 * The files of these packages and of the libraries that they depend on. Needs no rights. Fails with `image-failed` when
 * a package is not installed and cannot be downloaded.
 */
export async function openPackages(
  names: readonly string[],
  kitchen: Kitchen,
  { alone = false }: OpenOptions = {},
): Promise<PackageFiles> {
  const debs = join(kitchen.folder, 'debs');
  mkdirSync(debs, { recursive: true });
  const files = await fetchMissing({ names, alone, debs, kitchen });
  const folder = join(
    kitchen.folder,
    `unpacked-${createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 12)}`,
  );
  if (!existsSync(folder))
    await unpack(
      files.map((file) => join(debs, file)),
      folder,
    );
  return new PackageFiles(folder);
}

interface Shopping {
  readonly names: readonly string[];
  readonly alone: boolean;
  /** Where the package files go. */
  readonly debs: string;
  readonly kitchen: Kitchen;
}

/** Tries with the machine's package lists, then with fresh ones of our own: those may be empty, or too old to download by. */
async function fetchMissing(shopping: Shopping): Promise<readonly string[]> {
  const { names, kitchen } = shopping;
  const install = `apt-get install ${names.join(' ')}`;
  try {
    return await fetchWith([], shopping);
  } catch {
    kitchen.onProgress('reading the package lists of the distribution');
    const lists = privateLists(kitchen.folder);
    await runCommand('apt-get', [...lists, 'update'], { hint: install });
    return fetchWith(lists, shopping).catch((cause: unknown) => {
      const message = `The packages ${names.join(', ')} are neither installed nor could they be downloaded.`;
      throw new LabError('image-failed', message, { hint: `Check the network; or ${install}`, cause });
    });
  }
}

/** Options by which apt keeps its lists and locks in a folder of ours, so that neither rights nor its lock are needed. */
function privateLists(folder: string): readonly string[] {
  const state = join(folder, 'apt');
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  return ['-o', `Dir::State::lists=${join(state, 'lists')}`, '-o', `Dir::Cache=${join(state, 'cache')}`];
}

/** Answers the names of the package files, which are then in the folder. */
async function fetchWith(
  options: readonly string[],
  { names, alone, debs, kitchen }: Shopping,
): Promise<readonly string[]> {
  const missing = await missingPackages(options, names, alone);
  if (missing.length === 0) return [];
  const uris = await runCommand('apt-get', [...options, 'download', '--print-uris', ...missing]);
  const files = [...uris.matchAll(/^'[^']*' (\S+)/gm)].map((match) => match[1] ?? '').sort();
  if (files.length < missing.length)
    throw new LabError('setup-failed', `apt knows only ${files.length} of ${missing.join(' ')}.`);
  if (files.every((file) => existsSync(join(debs, file)))) return files;
  kitchen.onProgress(`downloading ${missing.length} packages (nothing is installed)`);
  await runCommand('apt-get', [...options, ...UNPRIVILEGED, 'download', ...missing], { cwd: debs, timeoutMs: 300_000 });
  return files;
}

/** Root would else hand the download to a user who may not write into our folder. */
const UNPRIVILEGED = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];

/** Those of the packages, and of the libraries they need, that this machine has not installed. */
async function missingPackages(
  options: readonly string[],
  names: readonly string[],
  alone: boolean,
): Promise<readonly string[]> {
  const installed = await installedPackages();
  const missing = new Set<string>();
  let frontier = names.filter((name) => !installed.has(name));
  for (let depth = 0; frontier.length > 0 && depth < DEPTH_MAX; depth += 1) {
    for (const name of frontier) missing.add(name);
    if (alone) break;
    const found = await runCommand('apt-cache', [
      ...options,
      'depends',
      '--no-recommends',
      '--no-suggests',
      ...frontier,
    ]);
    const needed = [...found.matchAll(/^ [ |](?:Pre)?Depends: ([a-z0-9.+-]+)$/gm)].map((match) => match[1] ?? '');
    frontier = [...new Set(needed)].filter((name) => LIBRARY.test(name) && !installed.has(name) && !missing.has(name));
  }
  return [...missing].sort();
}

const DEPTH_MAX = 8;
/** Dependencies that a program can need at run time; not those of its installation, such as adduser. */
const LIBRARY = /^(lib|lua-|zlib)/;

async function installedPackages(): Promise<ReadonlySet<string>> {
  const listed = await tryCommand('dpkg-query', ['-W', '-f', '${db:Status-Abbrev}${Package}\n']);
  return new Set((listed ?? '').split('\n').flatMap((line) => (line.startsWith('ii ') ? [line.slice(3)] : [])));
}

/** Unpacks beside and renames, so that a folder that exists is complete. */
async function unpack(debs: readonly string[], folder: string): Promise<void> {
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  for (const deb of debs) await runCommand('dpkg-deb', ['-x', deb, partial]);
  if (existsSync(folder)) rmSync(partial, { recursive: true });
  else renameSync(partial, folder);
}
