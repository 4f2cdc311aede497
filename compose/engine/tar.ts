/** Tar archives as plain lists of files: what the engine takes in and gives out. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import type { Header, Pack } from 'tar-stream';

interface Owned {
  /** Path inside the archive, without a leading slash. */
  readonly path: string;
  /** Permission bits; 0o644 for files, 0o755 for folders when absent. */
  readonly mode?: number;
  /** Numeric user and group; both root when absent. */
  readonly owner?: number;
}

export type TarEntry = Owned &
  (
    | { readonly kind: 'file'; readonly content: Buffer | string }
    /** A file of this machine, read when the archive is written. */
    | { readonly kind: 'copy'; readonly from: string }
    | { readonly kind: 'folder' }
    | { readonly kind: 'link'; readonly to: string }
  );

/** The archive of these entries, written as it is read. Times are zero, so that equal entries give equal archives. */
export function packTar(entries: Iterable<TarEntry>): Readable {
  const archive = pack();
  void fill(archive, entries).catch((error: unknown) => archive.destroy(error as Error));
  return Readable.from(archive);
}

async function fill(archive: Pack, entries: Iterable<TarEntry>): Promise<void> {
  for (const entry of entries) await add(archive, entry);
  archive.finalize();
}

function add(archive: Pack, entry: TarEntry): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const done = (error?: Error | null): void => (error ? reject(error) : resolve());
  const content = contentOf(entry);
  if (content === undefined) archive.entry(headerOf(entry), done);
  else archive.entry(headerOf(entry), content, done);
  return promise;
}

function headerOf(entry: TarEntry): Partial<Header> & Pick<Header, 'name'> {
  const owner = entry.owner ?? 0;
  const header = { name: entry.path, uid: owner, gid: owner, mtime: new Date(0) };
  switch (entry.kind) {
    case 'file':
    case 'copy':
      return { ...header, type: 'file', mode: entry.mode ?? 0o644 };
    case 'folder':
      return { ...header, type: 'directory', mode: entry.mode ?? 0o755 };
    case 'link':
      return { ...header, type: 'symlink', linkname: entry.to, mode: 0o777 };
  }
}

function contentOf(entry: TarEntry): Buffer | undefined {
  if (entry.kind === 'copy') return readFileSync(entry.from);
  return entry.kind === 'file' ? Buffer.from(entry.content) : undefined;
}

/** A file taken out of an archive. */
export interface ArchivedFile {
  readonly path: string;
  readonly content: Buffer;
}

/** All plain files of an archive; folders and links are left out. */
export async function unpackTar(archive: NodeJS.ReadableStream): Promise<readonly ArchivedFile[]> {
  const files: ArchivedFile[] = [];
  const entries = extract();
  archive.on('error', (error: Error) => entries.destroy(error));
  archive.pipe(entries);
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.type === 'file') files.push({ path: entry.header.name, content: Buffer.concat(chunks) });
  }
  return files;
}
