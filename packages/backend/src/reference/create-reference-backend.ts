import { withArgumentChecks } from '../checks/with-argument-checks.ts';
import type { Backend, BackendCapabilities, BackendOps } from '../contract/backend.ts';
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
  const ops: BackendOps = {
    gatherRows: (args) => gatherRows(memory, args),
    scatterRows: (args) => scatterRows(memory, args),
    scatterAddRows: (args) => scatterAddRows(memory, args),
    rmsNorm: (args) => rmsNorm(memory, args),
    rmsNormBackward: (args) => rmsNormBackward(memory, args),
    linear: (args) => linear(memory, args),
    linearBackwardInput: (args) => linearBackwardInput(memory, args),
    linearBackwardWeight: (args) => linearBackwardWeight(memory, args),
    dropout: (args) => dropout(memory, args),
    addNoise: (args) => addNoise(memory, args),
    loraForward: (args) => loraForward(memory, args),
    loraBackward: (args) => loraBackward(memory, args),
    doraNorms: (args) => doraNorms(memory, args),
    doraForward: (args) => doraForward(memory, args),
    doraBackward: (args) => doraBackward(memory, args),
    rope: (args) => rope(memory, args),
    attention: (args) => attention(memory, args),
    attentionBackward: (args) => attentionBackward(memory, args),
    cachedAttention: (args) => cachedAttention(memory, args),
    swiglu: (args) => swiglu(memory, args),
    swigluBackward: (args) => swigluBackward(memory, args),
    linearCrossEntropy: (args) => linearCrossEntropy(memory, args),
    add: (args) => add(memory, args),
    fill: (args) => fill(memory, args),
    copy: (args) => copy(memory, args),
    nf4Quantize: (args) => nf4Quantize(memory, args),
    nf4Dequantize: (args) => nf4Dequantize(memory, args),
    sumOfSquares: (args) => sumOfSquares(memory, args),
    adamW: (args) => adamW(memory, args),
    adamW8bit: (args) => adamW8bit(memory, args),
    topK: (args) => topK(memory, args),
  };
  return { capabilities, ...memory.methods, ...withArgumentChecks(ops, capabilities) };
}
