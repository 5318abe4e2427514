/**
 * Two projects: `fast` is what one runs all day; `slow` starts servers, kills processes and measures, and so runs alone, one file after
 * another, when the fast ones are done. `npm test` runs both, `npx vitest run --project fast` one of them.
 */
import { defineConfig } from 'vitest/config'

const slow = ['test/chaos/**/*.test.ts', 'test/e2e/**/*.test.ts']

export default defineConfig({
  test: {
    // Processes, since tests start worker threads and children of their own, and look at what is left over.
    pool: 'forks',
    maxWorkers: 2,
    reporters: process.env.CI === undefined ? ['default'] : [['default', { summary: false }]],
    passWithNoTests: false,
    // Where chaos and properties are given a budget they say so themselves; this only ends a test that hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    projects: [
      {
        extends: true,
        test: { name: 'fast', include: ['test/**/*.test.ts', 'test/**/*.contract.ts'], exclude: slow, sequence: { groupOrder: 0 } }
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: slow,
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 }
        }
      }
    ]
  }
})
