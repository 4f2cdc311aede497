// The rules of the house: who may import whom, which names may stand at the top, and what the files must not speak of.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES, circlesOf, importsAmong, violations } from './support/tidy.ts';
import type { Rule } from './support/tidy.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['nodes', 'compose', 'scenarios', 'cli'];

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

describe('the house', () => {
  test('keeps its imports within the walls', () => {
    const found = FOLDERS.flatMap(sources).flatMap((file) => violations(file, read(file)));
    expect(found.map(({ file, line, imported, because }) => `${file}:${line} imports ${imported}: ${because}`)).toEqual(
      [],
    );
  });

  test('would notice a checker that imports a protocol, and a second file that imports dockerode', () => {
    expect(
      violations(
        'scenarios/checkers/planted.ts',
        "// a line\nimport { twoPhaseCoordinator } from '../../nodes/protocols/two-phase/coordinator.ts';",
      ),
    ).toMatchObject([{ line: 2, imported: 'nodes/protocols/two-phase/coordinator.ts' }]);
    expect(violations('nodes/protocols/planted.ts', "import { readFileSync } from 'node:fs';")).toHaveLength(1);
    expect(violations('compose/planted.ts', "import Docker from 'dockerode';")).toMatchObject([
      { because: expect.stringContaining('dockerode belongs to') as string },
    ]);
    expect(violations('cli/planted.ts', "const late = await import('execa');")).toHaveLength(1);
    expect(violations('cli/planted.ts', "import { render } from 'ink';")).toHaveLength(1);
    expect(violations('cli/feed/planted.ts', "import { openView } from '../view.ts';")).toHaveLength(1);
    expect(
      violations('cli/reports/planted.ts', "import type { RunFlags } from '../commands/run-flags.ts';"),
    ).toHaveLength(1);
    expect(
      violations('cli/dashboard/planted.ts', "import { connectEngine } from '../../compose/engine/engine.ts';"),
    ).toHaveLength(1);
  });

  test('has no circle of imports, types included', () => {
    const texts = new Map(FOLDERS.flatMap(sources).map((file) => [file, read(file)]));
    expect(circlesOf(importsAmong(texts))).toEqual([]);
  });

  test('would notice a circle that a type closes, and a file that imports itself', () => {
    const planted = importsAmong(
      new Map([
        ['cli/view.ts', "import { shape } from './feed/shape.ts';\nimport { readFileSync } from 'node:fs';"],
        ['cli/feed/shape.ts', "import { text } from '../text.ts';"],
        ['cli/text.ts', "import type {\n  View,\n} from './view.ts';"],
        ['cli/above.ts', "const { view } = await import('./view.ts');"],
        ['cli/alone.ts', "import { alone } from './alone.ts';"],
      ]),
    );
    expect(circlesOf(planted)).toEqual([['cli/alone.ts'], ['cli/feed/shape.ts', 'cli/text.ts', 'cli/view.ts']]);
  });

  test('has the rooms of compose in one order, from the ground up', () => {
    const rooms = RULES.filter(({ folder }) => folder.startsWith('compose/'));
    const standsOn = ({ folder, may }: Rule, ground: Rule) =>
      ground.folder !== folder && may.some((name) => `${name}/`.startsWith(`${ground.folder}/`));
    const order: string[] = [];
    for (let left = rooms; left.length > 0;) {
      const lowest = left.filter((room) => !left.some((other) => standsOn(room, other)));
      expect(lowest, `a circle among ${left.map(({ folder }) => folder).join(', ')}`).not.toEqual([]);
      order.push(...lowest.map(({ folder }) => folder));
      left = left.filter((room) => !lowest.includes(room));
    }
    const walls = ['engine', 'recipes', 'setup', 'pods', 'cleanup', 'pool'].map((room) => `compose/${room}`);
    expect(order.filter((folder) => walls.includes(folder))).toEqual(walls);
    expect(violations('compose/engine/planted.ts', "import { makePods } from '../pods/pods.ts';")).toHaveLength(1);
  });

  test('loads the dashboard late: help and plain lines do without React', () => {
    const eager = sources('cli').filter((file) => /from '[^']*\.tsx'/.test(read(file)));
    expect(eager.filter((file) => !file.startsWith('cli/dashboard/'))).toEqual([]);
  });

  test('has no barrel files and no unfinished business', () => {
    const all = FOLDERS.flatMap(sources);
    expect(all.filter((file) => file.endsWith('/index.ts'))).toEqual([]);
    expect(all.filter((file) => /\b(TODO|FIXME|XXX)\b/.test(read(file)))).toEqual([]);
  });

  test('opens every file with what it is for', () => {
    const bare = FOLDERS.flatMap(sources).filter((file) => !/^(#!.*\n)?(\/\/ |\/\*\*)/.test(read(file)));
    expect(bare).toEqual([]);
  });

  test('reads the command line and sets the exit code in one file only', () => {
    const readers = FOLDERS.flatMap(sources).filter((file) =>
      /process\.argv|process\.exit\(|process\.exitCode/.test(read(file)),
    );
    // The node program is a process of its own; the watcher's starter reads how its child has ended.
    const allowed = ['cli/main.ts', 'nodes/main.ts', 'compose/watcher.ts'];
    expect(readers.filter((file) => !allowed.includes(file))).toEqual([]);
  });
});
