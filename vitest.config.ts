import { defineConfig } from 'vitest/config';

const properties = 'test/**/*.property.test.ts';
const processes = 'test/**/*.process.test.ts';
const containers = 'test/containers/**';

// `unit` is what `npm run check` runs: it needs nothing but Node and is quick. `properties` tries many schedules, `processes` starts programs
// or opens connections; `containers` needs an engine, which `npm test` sets up first.
export default defineConfig({
  test: {
    globalSetup: './test/support/temp-root.ts',
    setupFiles: './test/support/remove-temp-folders.ts',
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 60_000,
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
