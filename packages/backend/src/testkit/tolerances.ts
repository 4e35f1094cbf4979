import type { OpName } from '../checks/argument-checks.ts';

/**
 * How far an f32 backend may be from float64, relative to the greatest element of an output. Moving and converting data
 * is exact; an element-wise formula costs a few roundings; sums of hundreds of products cost more.
 */
export function toleranceOf(op: OpName): number {
  const table: Partial<Record<OpName, number>> = {
    gatherRows: 0,
    scatterRows: 0,
    fill: 0,
    copy: 0,
    topK: 0,
    addNoise: 0,
    add: 1e-7,
    scatterAddRows: 1e-6,
    dropout: 1e-6,
    nf4Dequantize: 1e-6,
    sumOfSquares: 1e-6,
    rope: 1e-6,
    adamW: 2e-6,
    adamW8bit: 2e-6,
    attentionBackward: 3e-5,
    linearCrossEntropy: 2e-5,
  };
  return table[op] ?? 1e-5;
}
