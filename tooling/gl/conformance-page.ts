import { createGpuJsBackend, type GpuJsMode } from '@bezoar/backend-gpujs';
import { testBackend, type TestContext } from '@bezoar/backend/testkit';

export interface ConformanceResult {
  readonly backend: string;
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}

/** The conformance suite in a page, without a test framework. */
export async function runConformance(mode: GpuJsMode): Promise<ConformanceResult> {
  const tests: { readonly name: string; readonly body: (context: TestContext) => Promise<void> }[] = [];
  testBackend({
    api: {
      describe: (_name, body) => body(),
      it: (name, body) => tests.push({ name, body }),
      expect: (value, message = 'value') => ({
        toBe: (expected) => ensure(Object.is(value, expected), message),
        toEqual: (expected) => ensure(JSON.stringify(value) === JSON.stringify(expected), message),
      }),
    },
    name: mode,
    create: () => createGpuJsBackend({ mode }),
  });
  const probe = await createGpuJsBackend({ mode });
  const backend = probe.capabilities.description;
  await probe.dispose();
  const failures: string[] = [];
  let skipped = 0;
  for (const { name, body } of tests) {
    try {
      await body({ skip: () => void (skipped += 1) });
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
  }
  return { backend, passed: tests.length - skipped - failures.length, skipped, failures };
}

function ensure(held: boolean, message: string): void {
  if (!held) throw new Error(message);
}
