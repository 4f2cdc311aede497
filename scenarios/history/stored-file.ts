// One file of a run's folder, read back. A file that is not what a run leaves there is refused, with its name and the reason.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { messageOf } from '../../compose/errors.ts';

/** Somebody has changed it, or was cut off while writing it; that is no fault of txlab. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';

  constructor(path: string, reason: string) {
    super(`${basename(path)}: ${reason}`);
  }
}

/** The value of a JSON file, once nothing is wrong with it. */
export function readStoredJson(path: string, misfitOf: (value: unknown) => string | null): unknown {
  const value = parseJson(path, readStoredText(path));
  const misfit = misfitOf(value);
  if (misfit !== null) throw new DamagedFile(path, misfit);
  return value;
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DamagedFile(path, `this is not JSON (${messageOf(error)}).`);
  }
}

export function readStoredText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw damageOf(path, error);
  }
}

/** What the system would not let be read is damage too; any other error stays what it is. */
export function damageOf(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EISDIR') return new DamagedFile(path, 'this is a folder.');
  if (code === 'ENOTDIR') return new DamagedFile(path, 'this is no folder.');
  if (code === 'EACCES') return new DamagedFile(path, 'this user may not read it.');
  return typeof code === 'string' ? new DamagedFile(path, messageOf(error)) : error;
}
