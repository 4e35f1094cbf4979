/**
 * As much of vitest as the tests that `pnpm test:gl` runs need, on node:test: vitest itself does not run on the Node that has a binary of
 * `gl` for it (see build-gl.ts). Plain JavaScript, because that Node may be old.
 */
import assert from 'node:assert/strict';
import { describe as suite, it as test } from 'node:test';

export const describe = Object.assign((name, body) => suite(name, body), {
  skip: (name, body) => suite.skip(name, body),
});

export const it = Object.assign((name, body) => test(name, body), {
  skip: (name) => test.skip(name),
  each: (cases) => (name, body) => {
    for (const item of cases) {
      test(
        name.replace(/\$(\w+)/g, (_, key) => String(item[key])),
        () => body(item),
      );
    }
  },
});

export function expect(value, message) {
  return {
    toBe: (expected) => assert.ok(Object.is(value, expected), message ?? `${value} is not ${expected}`),
    toBeDefined: () => assert.notEqual(value, undefined, message),
    toBeGreaterThan: (least) =>
      assert.ok(value > least, `${message ?? 'value'}: ${value} is not greater than ${least}`),
    toEqual: (expected) => assert.deepEqual(value, expected, message),
    toBeLessThanOrEqual: (limit) =>
      assert.ok(value <= limit, `${message ?? 'value'}: ${value} is greater than ${limit}`),
    toBeCloseTo: (expected, digits = 2) =>
      assert.ok(
        Math.abs(value - expected) < 10 ** -digits / 2,
        `${message ?? 'value'}: ${value} is not ${expected}`,
      ),
  };
}
