import type { Rng } from '@bezoar/core';
import type { Backend } from '../contract/backend.ts';
import type { OpName } from '../checks/argument-checks.ts';
import type { Nf4Weight, Tensor } from '../contract/tensor.ts';
import type { HostValue } from './host-tensor.ts';

/** One op with one choice of sizes. Built afresh from a seeded generator for every use. */
export interface OpCase {
  readonly op: OpName;
  /** What is special: sizes, flags. */
  readonly name: string;
  /** Weight formats of `linear` that it needs, beside f32. */
  readonly needs?: 'bf16' | 'nf4';
  readonly build: (rng: Rng) => BuiltCase;
}

export interface BuiltCase {
  /** Everything that the op gets, outputs included (filled with NaN where they must be overwritten). */
  readonly inputs: Readonly<Record<string, HostValue>>;
  /** Names of the inputs that the op writes. All others must keep their bits. */
  readonly outputs: readonly string[];
  readonly call: (backend: Backend, on: DeviceValues) => void;
  /** Inputs that may have any size, so that a wrong one cannot be noticed. */
  readonly anySize?: readonly string[];
  /**
   * The outputs by the suite's own float64 formulas. Without it the reference backend is the oracle: for sizes at which
   * the formulas would be slow, and only then.
   */
  readonly expected?: () => Readonly<Record<string, ArrayLike<number>>>;
}

/** The uploaded inputs, by name. */
export interface DeviceValues {
  tensor(name: string): Tensor;
  weight(name: string): Tensor | Nf4Weight;
  /** Several tensors under their names, to be spread into the arguments of an op. */
  pick<Name extends string>(...names: readonly Name[]): Record<Name, Tensor>;
}
