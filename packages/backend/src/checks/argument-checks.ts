import type { BackendOps } from '../contract/backend.ts';
import { checkAdamW, checkAdamW8bit } from './check-adamw.ts';
import { checkAddNoise } from './check-add-noise.ts';
import { checkAttention, checkAttentionBackward, checkCachedAttention } from './check-attention.ts';
import { checkDoraBackward, checkDoraForward, checkDoraNorms } from './check-dora.ts';
import { checkDropout } from './check-dropout.ts';
import { checkAdd, checkCopy, checkFill, checkSumOfSquares } from './check-elementwise.ts';
import { checkLinearCrossEntropy } from './check-linear-cross-entropy.ts';
import { checkLinear, checkLinearBackwardInput, checkLinearBackwardWeight } from './check-linear.ts';
import { checkLoraBackward, checkLoraForward } from './check-lora.ts';
import { checkNf4Dequantize, checkNf4Quantize } from './check-nf4.ts';
import { checkRmsNorm, checkRmsNormBackward } from './check-rms-norm.ts';
import { checkRope } from './check-rope.ts';
import { checkGatherRows, checkScatterAddRows, checkScatterRows } from './check-rows.ts';
import { checkSwiglu, checkSwigluBackward } from './check-swiglu.ts';
import { checkTopK } from './check-top-k.ts';

export type OpName = keyof BackendOps;
export type OpArgs<Op extends OpName> = Parameters<BackendOps[Op]>[0];
export type ArgumentChecks = { readonly [Op in OpName]: (args: OpArgs<Op>) => void };

/**
 * One check per op: dtypes, sizes, disposed tensors, forbidden aliasing, ranges of numbers. They look at handles only,
 * never at data. Throws BezoarError BAD_INPUT (naming op, argument, got and expected) or DISPOSED.
 */
export const argumentChecks: ArgumentChecks = {
  gatherRows: checkGatherRows,
  scatterRows: checkScatterRows,
  scatterAddRows: checkScatterAddRows,
  rmsNorm: checkRmsNorm,
  rmsNormBackward: checkRmsNormBackward,
  linear: checkLinear,
  linearBackwardInput: checkLinearBackwardInput,
  linearBackwardWeight: checkLinearBackwardWeight,
  dropout: checkDropout,
  addNoise: checkAddNoise,
  loraForward: checkLoraForward,
  loraBackward: checkLoraBackward,
  doraNorms: checkDoraNorms,
  doraForward: checkDoraForward,
  doraBackward: checkDoraBackward,
  rope: checkRope,
  attention: checkAttention,
  attentionBackward: checkAttentionBackward,
  cachedAttention: checkCachedAttention,
  swiglu: checkSwiglu,
  swigluBackward: checkSwigluBackward,
  linearCrossEntropy: checkLinearCrossEntropy,
  add: checkAdd,
  fill: checkFill,
  copy: checkCopy,
  nf4Quantize: checkNf4Quantize,
  nf4Dequantize: checkNf4Dequantize,
  sumOfSquares: checkSumOfSquares,
  adamW: checkAdamW,
  adamW8bit: checkAdamW8bit,
  topK: checkTopK,
};
