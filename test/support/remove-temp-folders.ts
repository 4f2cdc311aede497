// Runs with each test file, also where files share what they import: what a file made is gone when it is through.

import { afterAll } from 'vitest';
import { removeTempFolders } from './temp-folder.ts';

afterAll(removeTempFolders);
