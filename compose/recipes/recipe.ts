/** What the image recipes share. A recipe makes a root file system here, without a Dockerfile or a base image. */
import { runCommand } from '../command.ts';
import type { TarEntry } from '../engine/tar.ts';

export interface Recipe {
  /** What the result depends on besides this machine's distribution; its hash names the image. */
  readonly inputs: () => string;
  readonly make: (kitchen: Kitchen) => Promise<RootImage>;
}

export interface Kitchen {
  /** For downloads; kept between calls. */
  readonly folder: string;
  readonly onProgress: (line: string) => void;
}

export interface RootImage {
  readonly entries: readonly TarEntry[];
  /** Dockerfile instructions for the image's configuration. */
  readonly changes: readonly string[];
}

/** The folders and files that programs expect on any Linux. */
export function basicFiles(): readonly TarEntry[] {
  const folders = ['bin', 'dev', 'etc', 'proc', 'run', 'sys', 'usr', 'usr/bin', 'var'];
  return [
    ...folders.map((path): TarEntry => ({ kind: 'folder', path })),
    { kind: 'folder', path: 'tmp', mode: 0o1777 },
    {
      kind: 'file',
      path: 'etc/passwd',
      content: USERS.map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/sh\n`).join(''),
    },
    { kind: 'file', path: 'etc/group', content: USERS.map(([name, id]) => `${name}:x:${id}:\n`).join('') },
    { kind: 'file', path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
  ];
}

const USERS = [
  ['root', 0],
  ['txlab', 65532],
] as const;

/** An executable file of this machine at a path of the image. */
export function executable(path: string, from: string): TarEntry {
  return { kind: 'copy', path, from, mode: 0o755 };
}

/** The shared libraries that these programs and libraries need. The given folders are searched before this machine's own. */
export async function libraries(
  files: readonly string[],
  folders: readonly string[] = [],
): Promise<readonly TarEntry[]> {
  const env = folders.length === 0 ? {} : { LD_LIBRARY_PATH: folders.join(':') };
  const found = await runCommand('ldd', files, { env });
  const paths = [...found.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '');
  return [...new Set(paths)].map((from) => executable(libraryPath(from), from));
}

/** The loader's path is written into every program; the other libraries are found by name in one folder. */
function libraryPath(from: string): string {
  const name = from.slice(from.lastIndexOf('/') + 1);
  return name.startsWith('ld-linux') ? `lib64/${name}` : `lib/x86_64-linux-gnu/${name}`;
}

/** Links in /bin to a static busybox at /bin/busybox. */
export function busyboxLinks(applets: readonly string[]): readonly TarEntry[] {
  return applets.map((applet) => ({ kind: 'link', path: `bin/${applet}`, to: '/bin/busybox' }));
}

/** Keeps the last of the entries of one path. */
export function withoutRepeats(entries: readonly TarEntry[]): readonly TarEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}
