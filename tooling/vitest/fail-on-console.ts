import { afterEach, expect } from 'vitest';

/**
 * Libraries never write to the console, so a unit test in which something does is wrong. Where a test is about
 * console output, it replaces the method itself: `vi.spyOn(console, 'log').mockImplementation(() => undefined)`.
 */
const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;
const written: string[] = [];

for (const method of methods) {
  const original = console[method].bind(console);
  console[method] = (...values: unknown[]): void => {
    written.push(`console.${method}(${values.map(String).join(', ')})`);
    original(...values);
  };
}

afterEach(() => {
  expect(written.splice(0), 'this test wrote to the console').toEqual([]);
});
