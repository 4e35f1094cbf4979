import type { Rng } from '@bezoar/core';
import type { OpName } from '../checks/argument-checks.ts';
import type { Backend } from '../contract/backend.ts';

/** A case that is no single call. */
export interface SpecialCase {
  readonly ops: readonly OpName[];
  readonly name: string;
  /** What is wrong, in words; undefined when all is well. */
  readonly run: (backend: Backend, rng: Rng) => Promise<string | undefined>;
}

export function specialCases(): SpecialCase[] {
  return [];
}
