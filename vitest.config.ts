import { defineConfig } from 'vitest/config';

const properties = 'test/**/*.property.test.ts';
const processes = 'test/**/*.process.test.ts';
const browsers = 'test/**/*.browser.test.ts';
const containers = 'test/containers/**';

// `unit` is what `npm run check` runs: it needs nothing but Node and is quick. `properties` tries many schedules, or all that there is of a kind, `processes` starts programs,
// opens connections or lets a run take its time, `browsers` looks at pages in a Chromium, which it gets where it may; `containers` needs an engine, which `npm test` sets up first.
export default defineConfig({
  test: {
    globalSetup: './test/support/temp-root.ts',
    setupFiles: './test/support/remove-temp-folders.ts',
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 60_000,
    // Just under what `npm run coverage` measures, which starts no container: the adapters of engine and kernel are covered by container tests.
    coverage: {
      include: ['{cli,compose,nodes,scenarios}/**/*.{ts,tsx}'],
      // What runs in a browser is covered there.
      exclude: ['cli/page/browser/**'],
      reporter: ['text-summary', 'html'],
      thresholds: {
        'nodes/contract/**': { lines: 99, branches: 96, functions: 98 },
        'nodes/hosts/**': { lines: 95, branches: 90, functions: 92 },
        'nodes/protocols/**': { lines: 99, branches: 94, functions: 99 },
        'nodes/workloads/**': { lines: 99, branches: 98, functions: 99 },
        'scenarios/checkers/**': { lines: 99, branches: 94, functions: 99 },
        'scenarios/**': { lines: 98, branches: 92, functions: 98 },
        'compose/**': { lines: 55, branches: 49, functions: 52 },
        'cli/**': { lines: 70, branches: 68, functions: 68 },
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
          exclude: [properties, processes, browsers, containers],
          // Files share what they import, which takes longer than most of them: nothing in the sources keeps a state of its own.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'properties', include: [properties], isolate: false } },
      { extends: true, test: { name: 'processes', include: [processes] } },
      {
        extends: true,
        test: {
          name: 'browsers',
          include: [browsers],
          globalSetup: './test/support/chromium.ts',
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: 'containers',
          include: [`${containers}/*.test.ts`],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
