import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: '100%',
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    // Tests that start an embedded Postgres or a server wait for it, on a machine of any speed.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    slowTestThreshold: 2_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.test.ts', 'src/**/testing/**', 'src/**/*.d.ts', 'src/**/*.generated.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: {
        lines: 80,
        'src/**/*.service.ts': { lines: 90 },
        'src/**/*.routes.ts': { lines: 80 },
      },
    },
  },
});
