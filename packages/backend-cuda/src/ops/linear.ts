import type { LinearArgs, LinearBackwardInputArgs, LinearBackwardWeightArgs } from '@bezoar/backend';
import { multiply, tensorMatrix, weightMatrix } from './gemm.ts';
import { addressOrZero, columnGrid, weightShape, type OpContext } from './op-context.ts';

/** out = x·Wᵀ + bias, or out += x·Wᵀ + bias. */
export function linear(context: OpContext, { x, weight, bias, out, accumulate = false }: LinearArgs): void {
  multiply(context, {
    form: 'NT',
    a: tensorMatrix(context, x, weightShape(weight).inputs),
    b: weightMatrix(context, weight),
    c: context.address(out),
    accumulate,
    bias: addressOrZero(context, bias),
  });
}

/** dX = dOut·W, or dX += dOut·W. */
export function linearBackwardInput(
  context: OpContext,
  { dOut, weight, dX, accumulate = false }: LinearBackwardInputArgs,
): void {
  multiply(context, {
    form: 'NN',
    a: tensorMatrix(context, dOut, weightShape(weight).outputs),
    b: weightMatrix(context, weight),
    c: context.address(dX),
    accumulate,
  });
}

/** dWeight += dOutᵀ·x; dBias += Σ_t dOut. */
export function linearBackwardWeight(
  context: OpContext,
  { x, dOut, dWeight, dBias }: LinearBackwardWeightArgs,
): void {
  const { outputs, inputs } = weightShape(dWeight);
  const a = tensorMatrix(context, dOut, outputs);
  const b = tensorMatrix(context, x, inputs);
  multiply(context, { form: 'TN', a, b, c: context.address(dWeight), accumulate: true });
  if (!dBias) return;
  const sums = [a.address, context.address(dBias), a.rows, outputs];
  context.launch('columnSums', columnGrid(outputs), sums);
}
