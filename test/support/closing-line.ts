// Ends the output with one line that any CI can read: `N passed, N failed[, N skipped]`.

import type { Reporter, TestModule } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') count[state]++;
      }
      // A file that could not even be loaded has no tests to fail.
      if (module.state() === 'failed' && module.errors().length > 0) count.failed++;
    }
    count.failed += errors.length;
    process.on('exit', () => {
      process.stdout.write(
        `${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}\n`,
      );
    });
  }
}
