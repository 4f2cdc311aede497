// What the program prints that nothing in this process can stand for: its help, and more than a pipe holds.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openShell } from '../support/shell.ts';
import { tempFolder } from '../support/temp-folder.ts';

const shell = openShell();

describe('what is printed', () => {
  test('the examples of the help are sentences', async () => {
    const help = ['kill', 'restart', 'pause', 'cut', 'fill', 'drop', 'duplicate', 'delay'].map((verb) =>
      execFileSync(process.execPath, [join(import.meta.dirname, '../../cli/main.ts'), verb, '--help'], {
        encoding: 'utf8',
      }),
    );
    const examples =
      help.join('\n').match(/(?<=^ +\S+ )(?:kill|restart|pause|cut|fill|drop|duplicate|delay) (?!\[)[a-z].*\S/gm) ?? [];
    expect(examples.length).toBeGreaterThan(13);
    for (const example of examples)
      expect(await shell.type(`${example} --print`), example).toMatchObject({ code: 0, error: undefined });
  });

  test('a document longer than a pipe holds arrives whole', () => {
    const main = join(import.meta.dirname, '../../cli/main.ts');
    const text = execFileSync(process.execPath, [main, 'scenarios', '--json'], { encoding: 'utf8', maxBuffer: 1e8 });
    expect(text.length).toBeGreaterThan(65_536);
    expect(JSON.parse(text)).toBeInstanceOf(Array);
  });

  test.each([
    ['kill coordinator during prepare', 141],
    ['run two-phase-baseline --repeat 2', 141],
    ['bench 2pc', 141],
    ['scenarios', 0],
  ])('of whose pipe nobody reads: %s ends with %i, and starts no run', async (words, code) => {
    const main = join(import.meta.dirname, '../../cli/main.ts');
    const out = tempFolder();
    const child = spawn(process.execPath, [main, ...words.split(' '), '--out', out], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([code, null]);
    expect(readdirSync(out)).toEqual([]);
  });

  test.each([
    ['kill coordinator dur', '<__complete>\n<kill>\n<coordinator>\n<dur>\n'],
    ['kill ', '<__complete>\n<kill>\n<>\n'],
    // Behind a colon or an equals sign bash begins a new word, which is all that it replaces.
    ['bench redis:f', '<__complete>\n<bench>\n<redis:f>\nfencing\n'],
    ['kill --protocol=redis:f', '<__complete>\n<kill>\n<--protocol=redis:f>\nfencing\n'],
  ])('the script of completion for bash gives what txlab answers to %j', async (words, said) => {
    const { stdout: script } = await shell.type('completion bash');
    const stub = join(tempFolder(), 'txlab');
    const program = 'for word; do echo "<$word>"; done\ncase $word in *:f) echo "${word}encing" ;; esac\n';
    writeFileSync(stub, `#!/bin/sh\n${program}`, { mode: 0o755 });
    const line = `COMP_LINE='${stub} ${words}'; COMP_POINT=\${#COMP_LINE}; _txlab; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', `${script}\n${line}`], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: said, stderr: '' });
  });
});
