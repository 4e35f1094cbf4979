import type { Backend } from '../contract/backend.ts';

/** What the suite needs of a test framework. Vitest's and node:test's `describe` and `it` fit as they are. */
export interface TestApi {
  readonly describe: (name: string, body: () => void) => unknown;
  /** The first argument of the body is the framework's test context; its `skip` reports a declared gap. */
  readonly it: (name: string, body: (context: TestContext) => Promise<void>) => unknown;
  readonly expect: (value: unknown, message?: string) => Expectation;
}

export interface TestContext {
  skip(reason?: string): void;
}

export interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
}

export interface BackendTestOptions {
  readonly api: TestApi;
  /** Title of the suite. */
  readonly name: string;
  /** Makes a fresh backend. Most cases share one; those about disposal make their own. */
  readonly create: () => Promise<Backend> | Backend;
  /** Cases that are known to fail, by the name in the output (`op: case`) or the op; they are reported with the reason. */
  readonly skip?: readonly { readonly case: string; readonly reason: string }[];
  /** Factor on the table of tolerances: 10 for a backend that rounds its inputs to bf16, say. 1 by default. */
  readonly tolerance?: number;
  /** Seed of all random inputs; it stands in every failure message. */
  readonly seed?: number;
}
