import type { Rng } from '@bezoar/core';
import type { OpName } from '../checks/argument-checks.ts';
import type { Backend } from '../contract/backend.ts';
import { nf4QuantizeCases } from './cases/nf4-quantize-cases.ts';
import { nonFiniteCases } from './cases/non-finite-cases.ts';
import { orderCases } from './cases/order-cases.ts';

/** A case that is no single call. */
export interface SpecialCase {
  readonly ops: readonly OpName[];
  readonly name: string;
  /** What is wrong, in words; undefined when all is well. */
  readonly run: (backend: Backend, rng: Rng) => Promise<string | undefined>;
}

export function specialCases(): SpecialCase[] {
  return [...nf4QuantizeCases(), ...nonFiniteCases(), ...orderCases()];
}
