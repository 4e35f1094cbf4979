import { checkTargets } from '../checks/check-values.ts';
import type { LinearCrossEntropyArgs } from '../contract/ops.ts';
import { logSumExp } from './attention.ts';
import type { HostMemory } from './host-memory.ts';
import { multiply, multiplyTransposed } from './matrix.ts';
import { denseWeight } from './weights.ts';

export function linearCrossEntropy(memory: HostMemory, args: LinearCrossEntropyArgs): void {
  const width = args.weight.shape.at(-1)!;
  const weight = denseWeight(memory, args.weight);
  const hidden = memory.f32(args.hidden);
  const targets = memory.i32(args.targets);
  const logProbs = memory.f32(args.logProbs);
  const correct = args.correct ? memory.i32(args.correct) : undefined;
  const addGradient = args.gradient
    ? gradientOf(memory, { gradient: args.gradient, weight, width })
    : undefined;
  checkTargets('linearCrossEntropy.targets', targets, weight.length / width);
  logProbs.fill(0);
  correct?.fill(0);
  for (let t = 0; t < targets.length; t++) {
    const target = targets[t]!;
    if (target < 0) continue;
    const row = hidden.subarray(t * width, (t + 1) * width);
    const logits = multiplyTransposed(row, weight, width);
    const total = logSumExp(logits);
    logProbs[t] = logits[target]! - total;
    if (correct) correct[t] = logits.indexOf(logits.reduce((a, b) => Math.max(a, b))) === target ? 1 : 0;
    addGradient?.({ t, target, row, probabilities: logits.map((logit) => Math.exp(logit - total)) });
  }
}

interface GradientSetting {
  readonly gradient: NonNullable<LinearCrossEntropyArgs['gradient']>;
  readonly weight: Float32Array;
  readonly width: number;
}

interface CountedRow {
  readonly t: number;
  readonly target: number;
  readonly row: Float32Array;
  readonly probabilities: Float64Array;
}

/** Zeroes dHidden, and gives the function that adds the gradients of one counted row. */
function gradientOf(
  memory: HostMemory,
  { gradient, weight, width }: GradientSetting,
): (counted: CountedRow) => void {
  const { dLogProbs } = gradient;
  const perRow = typeof dLogProbs === 'number' ? undefined : memory.f32(dLogProbs);
  const dHidden = gradient.dHidden ? memory.f32(gradient.dHidden) : undefined;
  const dWeight = gradient.dWeight ? memory.f32(gradient.dWeight) : undefined;
  dHidden?.fill(0);
  return ({ t, target, row, probabilities }) => {
    const g = perRow ? perRow[t]! : (dLogProbs as number);
    const dLogits = probabilities.map((probability, word) => g * ((word === target ? 1 : 0) - probability));
    dHidden?.set(multiply(dLogits, weight, width), t * width);
    if (!dWeight) return;
    for (let word = 0; word < dLogits.length; word++) {
      for (let i = 0; i < width; i++) dWeight[word * width + i]! += dLogits[word]! * row[i]!;
    }
  };
}
