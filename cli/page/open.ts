// Shows a file in the user's browser, by whatever this system opens files with.

import { spawn } from 'node:child_process';

/** True once a program has taken the file; nobody waits for it to end. */
export async function openInBrowser(path: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const program = openerIn(env);
  if (program === null) return false;
  return new Promise((resolve) => {
    const child = spawn(program, [path], { stdio: 'ignore', detached: true, env });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** Null where nobody sits at a screen. */
function openerIn(env: NodeJS.ProcessEnv): string | null {
  if (env['BROWSER']) return env['BROWSER'];
  if (process.platform === 'darwin') return 'open';
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? 'xdg-open' : null;
}
