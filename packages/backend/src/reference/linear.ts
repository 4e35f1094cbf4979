import type { LinearArgs, LinearBackwardInputArgs, LinearBackwardWeightArgs } from '../contract/ops.ts';
import type { HostMemory } from './host-memory.ts';
import { multiply, multiplyTransposed, transposedMultiply } from './matrix.ts';
import { denseWeight } from './weights.ts';

export function linear(memory: HostMemory, args: LinearArgs): void {
  const inputs = args.weight.shape.at(-1)!;
  const x = memory.f32(args.x);
  const out = memory.f32(args.out);
  const weight = denseWeight(memory, args.weight);
  const outputs = weight.length / inputs;
  const product = multiplyTransposed(x, weight, inputs);
  const bias = args.bias ? memory.f32(args.bias) : undefined;
  for (let i = 0; i < out.length; i++) {
    out[i] = (args.accumulate ? out[i]! : 0) + product[i]! + (bias ? bias[i % outputs]! : 0);
  }
}

export function linearBackwardInput(memory: HostMemory, args: LinearBackwardInputArgs): void {
  const weight = denseWeight(memory, args.weight);
  const inputs = args.weight.shape.at(-1)!;
  const dX = memory.f32(args.dX);
  const product = multiply(memory.f32(args.dOut), weight, inputs);
  for (let i = 0; i < dX.length; i++) dX[i] = (args.accumulate ? dX[i]! : 0) + product[i]!;
}

export function linearBackwardWeight(memory: HostMemory, args: LinearBackwardWeightArgs): void {
  const dOut = memory.f32(args.dOut);
  const dWeight = memory.f32(args.dWeight);
  const inputs = args.dWeight.shape.at(-1)!;
  const outputs = dWeight.length / inputs;
  const product = transposedMultiply(dOut, memory.f32(args.x), { rows: outputs, columns: inputs });
  for (let i = 0; i < dWeight.length; i++) dWeight[i]! += product[i]!;
  if (!args.dBias) return;
  const dBias = memory.f32(args.dBias);
  const sums = new Float64Array(outputs);
  for (let i = 0; i < dOut.length; i++) sums[i % outputs]! += dOut[i]!;
  for (let o = 0; o < outputs; o++) dBias[o]! += sums[o]!;
}
