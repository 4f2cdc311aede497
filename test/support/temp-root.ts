// All temporary folders of a test run lie in one, so that what a test leaves is found at the end and fails the run.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup(): (() => void) | undefined {
  // All projects are set up; the first one makes the folder.
  if (process.env[ROOT] !== undefined) return undefined;
  const before = process.env['TMPDIR'];
  const root = mkdtempSync(join(tmpdir(), 'txlab-tests-'));
  process.env[ROOT] = root;
  process.env['TMPDIR'] = root;
  return () => {
    delete process.env[ROOT];
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    const left = readdirSync(root).filter((name) => name.startsWith('txlab'));
    rmSync(root, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`Tests left temporary folders: ${left.join(', ')}`);
  };
}

const ROOT = 'TXLAB_TESTS_TEMP';
