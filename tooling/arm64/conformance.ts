/** Runs under an emulated Node: conformance.ts NODE, where NODE is what starts another one. */
import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { testBackend, type Expectation } from '@bezoar/backend/testkit';

process.execPath = process.argv[2]!;

testBackend({
  api: {
    describe,
    it,
    expect: (value: unknown, message?: string): Expectation => ({
      toBe: (expected) => assert.equal(value, expected, message),
      toEqual: (expected) => assert.deepEqual(value, expected, message),
    }),
  },
  name: 'cpu native neon, 2 threads',
  create: () => createCpuBackend({ tier: 'native', isa: 'neon', threads: 2 }),
});
