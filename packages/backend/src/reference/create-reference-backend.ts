import { withArgumentChecks } from '../checks/with-argument-checks.ts';
import type { Backend, BackendCapabilities } from '../contract/backend.ts';
import { bindOps } from '../contract/bind-ops.ts';
import { adamW8bit } from './adamw-8bit.ts';
import { adamW } from './adamw.ts';
import { addNoise } from './add-noise.ts';
import { attention, attentionBackward } from './attention.ts';
import { cachedAttention } from './cached-attention.ts';
import { doraBackward, doraForward, doraNorms } from './dora.ts';
import { dropout } from './dropout.ts';
import { add, copy, fill, sumOfSquares } from './elementwise.ts';
import { createHostMemory } from './host-memory.ts';
import { linearCrossEntropy } from './linear-cross-entropy.ts';
import { linear, linearBackwardInput, linearBackwardWeight } from './linear.ts';
import { loraBackward, loraForward } from './lora.ts';
import { nf4Dequantize, nf4Quantize } from './nf4.ts';
import { rmsNorm, rmsNormBackward } from './rms-norm.ts';
import { rope } from './rope.ts';
import { gatherRows, scatterAddRows, scatterRows } from './rows.ts';
import { swiglu, swigluBackward } from './swiglu.ts';
import { topK } from './top-k.ts';

/**
 * The oracle: every op as its formula says, with plain loops and float64 sums, in one thread, anywhere that JavaScript
 * runs. Slow on purpose; use it to test other backends and to run tiny models.
 */
export function createReferenceBackend(): Backend {
  const memory = createHostMemory();
  const capabilities: BackendCapabilities = {
    description: 'reference',
    weightFormats: new Set(['f32', 'bf16', 'nf4']),
    maxHeadDim: Number.MAX_SAFE_INTEGER,
    missing: {},
  };
  const ops = bindOps(memory, {
    gatherRows,
    scatterRows,
    scatterAddRows,
    rmsNorm,
    rmsNormBackward,
    linear,
    linearBackwardInput,
    linearBackwardWeight,
    dropout,
    addNoise,
    loraForward,
    loraBackward,
    doraNorms,
    doraForward,
    doraBackward,
    rope,
    attention,
    attentionBackward,
    cachedAttention,
    swiglu,
    swigluBackward,
    linearCrossEntropy,
    add,
    fill,
    copy,
    nf4Quantize,
    nf4Dequantize,
    sumOfSquares,
    adamW,
    adamW8bit,
    topK,
  });
  return { capabilities, ...memory.methods, ...withArgumentChecks(ops, capabilities) };
}
