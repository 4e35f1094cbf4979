import { defineConfig } from 'vitest/config';

/** Tests run on the sources: every package's exports have a `@bezoar/source` condition. */
const conditions = ['@bezoar/source', 'module', 'node', 'import', 'default'];

interface ProjectOptions {
  readonly timeout: number;
  readonly exclude?: readonly string[];
  readonly setupFiles?: readonly string[];
}

function project(name: string, include: readonly string[], options: ProjectOptions): object {
  return {
    extends: true,
    test: {
      name,
      include,
      exclude: ['**/node_modules/**', '**/dist/**', ...(options.exclude ?? [])],
      setupFiles: options.setupFiles ?? [],
      testTimeout: options.timeout,
      hookTimeout: options.timeout,
    },
  };
}

const special = ['conformance', 'golden', 'slow', 'faults', 'gpu', 'gl', 'browser'];

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project(
        'unit',
        [
          'packages/*/src/**/*.test.ts',
          'tooling/**/*.test.ts',
          'recipes/**/*.test.ts',
          'examples/**/*.test.ts',
        ],
        {
          timeout: 20_000,
          exclude: special.map((kind) => `**/*.${kind}.test.ts`),
          setupFiles: ['tooling/vitest/fail-on-console.ts'],
        },
      ),
      project(
        'conformance',
        ['packages/*/src/**/*.conformance.test.ts', 'examples/*/*.conformance.test.ts'],
        { timeout: 120_000 },
      ),
      project('golden', ['packages/*/src/**/*.golden.test.ts'], { timeout: 120_000 }),
      project(
        'slow',
        ['packages/*/src/**/*.slow.test.ts', 'tooling/**/*.slow.test.ts', 'recipes/**/*.slow.test.ts'],
        { timeout: 600_000 },
      ),
      project('faults', ['packages/{hub,llm,bezoar}/src/**/*.faults.test.ts'], { timeout: 240_000 }),
      project('browser', ['examples/*/test/**/*.browser.test.ts', 'tooling/**/*.browser.test.ts'], {
        timeout: 240_000,
      }),
      project('gpu', ['packages/*/src/**/*.gpu.test.ts'], { timeout: 600_000 }),
      project('gl', ['packages/*/src/**/*.gl.test.ts'], { timeout: 120_000 }),
    ],
  },
});
