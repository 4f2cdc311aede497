import { defineConfig } from 'vitest/config';

// Two projects: `unit` needs nothing but Node; `containers` needs an engine, which `npm test` sets up first.
export default defineConfig({
  test: {
    globalSetup: './test/support/temp-root.ts',
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
          exclude: ['test/containers/**'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'containers',
          include: ['test/containers/**/*.test.ts'],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
