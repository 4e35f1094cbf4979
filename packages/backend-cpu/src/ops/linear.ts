import type { LinearArgs, LinearBackwardInputArgs, LinearBackwardWeightArgs } from '@bezoar/backend';
import { denseWeight, gemm } from './gemm.ts';
import { addressOrZero, weightArguments, weightShape, type OpContext } from './op-context.ts';

/** out = x·Wᵀ + bias, or out += x·Wᵀ + bias. */
export function linear(context: OpContext, { x, weight, bias, out, accumulate = false }: LinearArgs): void {
  const { outputs, inputs } = weightShape(weight);
  const tokens = x.size / inputs;
  const biasAddress = addressOrZero(context, bias);
  gemm(context, {
    m: tokens,
    n: outputs,
    k: inputs,
    a: { address: context.address(x), columns: inputs },
    b: weightArguments(context, weight),
    bRows: true,
    c: { address: context.address(out), columns: outputs },
    accumulate,
    bias: accumulate ? 0 : biasAddress,
    bf16: context.bf16,
  });
  if (accumulate && bias) context.run('bz_add_bias', [biasAddress, context.address(out), tokens, outputs]);
}

/** dX = dOut·W, or dX += dOut·W. */
export function linearBackwardInput(
  context: OpContext,
  { dOut, weight, dX, accumulate = false }: LinearBackwardInputArgs,
): void {
  const { outputs, inputs } = weightShape(weight);
  gemm(context, {
    m: dOut.size / outputs,
    n: inputs,
    k: outputs,
    a: { address: context.address(dOut), columns: outputs },
    b: weightArguments(context, weight),
    bRows: false,
    c: { address: context.address(dX), columns: inputs },
    accumulate,
    bf16: context.bf16,
  });
}

/** dWeight += dOutᵀ·x; dBias += Σ_t dOut. */
export function linearBackwardWeight(
  context: OpContext,
  { x, dOut, dWeight, dBias }: LinearBackwardWeightArgs,
): void {
  const { outputs, inputs } = weightShape(dWeight);
  const tokens = x.size / inputs;
  const dOutAt = { address: context.address(dOut), columns: outputs };
  gemm(context, {
    m: outputs,
    n: inputs,
    k: tokens,
    a: dOutAt,
    aTransposed: true,
    b: denseWeight({ address: context.address(x), columns: inputs }),
    bRows: false,
    c: { address: context.address(dWeight), columns: inputs },
    accumulate: true,
    bf16: context.bf16,
  });
  if (dBias) context.run('bz_column_sums', [dOutAt.address, context.address(dBias), tokens, outputs]);
}
