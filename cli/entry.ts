// The program that the launcher runs: the command line, with what the engine of JavaScript made of it the last time. Compiling it anew
// takes longer than `txlab --help`.

import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '../compose/setup/folders.ts';

// Where nothing can be written, nothing is kept.
enableCompileCache(join(cacheFolder(), 'compiled'));
await import('./main.ts');
