// What a bundle begins with, be it of build.ts or of a test.

/** Packages written for CommonJS look for these. */
export const COMMONJS_NAMES = `import { createRequire as txlabCreateRequire } from 'node:module';
import { dirname as txlabDirname } from 'node:path';
import { fileURLToPath as txlabFileURLToPath } from 'node:url';
const require = txlabCreateRequire(import.meta.url);
const __filename = txlabFileURLToPath(import.meta.url);
const __dirname = txlabDirname(__filename);`;
