/** A Java run time for an image: a small one linked here where a JDK is installed, else the distribution's whole one. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, tryCommand } from '../command.ts';
import { LabError } from '../errors.ts';
import { openPackages } from './debian.ts';
import type { PackageFiles } from './debian.ts';
import { libraries } from './recipe.ts';
import type { Kitchen } from './recipe.ts';
import type { TarEntry } from '../engine/tar.ts';

/** The files of a run time under opt/java, and the C libraries that it needs. */
export async function javaRuntime(modules: readonly string[], kitchen: Kitchen): Promise<readonly TarEntry[]> {
  const jlink = await findJlink();
  const files = jlink ? await linkRuntime(jlink, modules, kitchen) : await wholeRuntime(kitchen);
  const programs = files
    .filter(({ from }) => from.endsWith('/bin/java') || from.endsWith('.so'))
    .map(({ from }) => from);
  const own = new Set(programs.map(nameOf));
  const system = await libraries(programs, folderOf(programs));
  return [...files, ...system.filter(({ path }) => !own.has(nameOf(path)))];
}

type CopiedFile = Extract<TarEntry, { kind: 'copy' }>;

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Libraries of the run time need one another, and the virtual machine one folder down. */
function folderOf(programs: readonly string[]): readonly string[] {
  return [...new Set(programs.map((path) => path.slice(0, path.lastIndexOf('/'))))];
}

/** Of a JDK that ZooKeeper is known to run on; newer ones have dropped what it calls. */
async function findJlink(): Promise<string | undefined> {
  const homes = existsSync(JVM_FOLDER) ? readdirSync(JVM_FOLDER).map((name) => join(JVM_FOLDER, name)) : [];
  for (const home of homes.filter((folder) => existsSync(join(folder, 'jmods', 'java.base.jmod')))) {
    const jlink = join(home, 'bin', 'jlink');
    const major = Number.parseInt((await tryCommand(jlink, ['--version'])) ?? '', 10);
    if (major >= JAVA_MIN && major <= JAVA_MAX) return jlink;
  }
  return undefined;
}

const JVM_FOLDER = '/usr/lib/jvm';
const JAVA_MIN = 11;
const JAVA_MAX = 21;

async function linkRuntime(
  jlink: string,
  modules: readonly string[],
  kitchen: Kitchen,
): Promise<readonly CopiedFile[]> {
  const version = (await runCommand(jlink, ['--version'])).trim();
  const folder = join(kitchen.folder, `java-${version}-${modules.length}`);
  if (!existsSync(folder)) {
    kitchen.onProgress(`linking a small Java ${version} (about ten seconds)`);
    const partial = `${folder}.${process.pid}`;
    mkdirSync(kitchen.folder, { recursive: true });
    const shrink = ['--strip-debug', '--no-header-files', '--no-man-pages', '--compress=2'];
    await runCommand(jlink, [...shrink, '--add-modules', modules.join(','), '--output', partial]);
    if (existsSync(folder)) rmSync(partial, { recursive: true });
    else renameSync(partial, folder);
  }
  return filesBelow(folder).map((path) => executableAt(path, join(folder, path)));
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

function executableAt(path: string, from: string): CopiedFile {
  return { kind: 'copy', path: `opt/java/${path}`, from, mode: 0o755 };
}

async function wholeRuntime(kitchen: Kitchen): Promise<readonly CopiedFile[]> {
  for (const major of [17, 21, 11]) {
    const packages = await openRuntimePackage(major, kitchen);
    const home = `${JVM_FOLDER}/java-${major}-openjdk-amd64`;
    if (packages)
      return packages.tree(home).map((path) => executableAt(path.slice(home.length + 1), packages.need(path)));
  }
  throw new LabError('setup-failed', 'The distribution has none of the Java versions 11, 17 and 21.', {
    hint: 'apt-get install openjdk-17-jdk-headless',
  });
}

/** Undefined when the distribution does not have this version. */
async function openRuntimePackage(major: number, kitchen: Kitchen): Promise<PackageFiles | undefined> {
  try {
    return await openPackages([`openjdk-${major}-jre-headless`], kitchen);
  } catch {
    return undefined;
  }
}
