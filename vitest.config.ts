import { defineConfig } from 'vitest/config';

const properties = 'test/**/*.property.test.ts';
const processes = 'test/**/*.process.test.ts';
const containers = 'test/containers/**';

// `unit` is what `npm run check` runs: it needs nothing but Node and is quick. `properties` tries many schedules, `processes` starts programs,
// opens connections or lets a run take its time; `containers` needs an engine, which `npm test` sets up first.
export default defineConfig({
  test: {
    globalSetup: './test/support/temp-root.ts',
    setupFiles: './test/support/remove-temp-folders.ts',
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 60_000,
    // Just under what `npm run coverage` measures, which starts no container: the adapters of engine and kernel are covered by container tests.
    coverage: {
      include: ['{cli,compose,nodes,scenarios}/**/*.{ts,tsx}'],
      reporter: ['text-summary', 'html'],
      thresholds: {
        'nodes/contract/**': { lines: 98, branches: 94, functions: 97 },
        'nodes/hosts/**': { lines: 93, branches: 87, functions: 88 },
        'nodes/protocols/**': { lines: 98, branches: 94, functions: 99 },
        'nodes/workloads/**': { lines: 99, branches: 97, functions: 99 },
        'scenarios/checkers/**': { lines: 99, branches: 93, functions: 98 },
        'scenarios/**': { lines: 98, branches: 90, functions: 98 },
        'compose/**': { lines: 53, branches: 49, functions: 48 },
        'cli/**': { lines: 62, branches: 55, functions: 60 },
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
          exclude: [properties, processes, containers],
          // Files share what they import, which takes longer than most of them: nothing in the sources keeps a state of its own.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'properties', include: [properties], isolate: false } },
      { extends: true, test: { name: 'processes', include: [processes] } },
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
