import {
  bindOps,
  signedDynamicMap,
  unsignedDynamicMap,
  withArgumentChecks,
  type Backend,
  type BackendCapabilities,
  type TensorTableOptions,
} from '@bezoar/backend';
import type { Engine } from './engine/engine.ts';
import { momentTable } from './memory/moment-tables.ts';
import { createTensorMemory } from './memory/tensor-memory.ts';
import { attention, attentionBackward, MAX_HEAD_DIM } from './ops/attention.ts';
import { cachedAttention } from './ops/cached-attention.ts';
import { doraBackward, doraForward, doraNorms } from './ops/dora.ts';
import { dropout } from './ops/dropout.ts';
import { add, copy, fill, swiglu, swigluBackward } from './ops/elementwise.ts';
import { linearCrossEntropy } from './ops/linear-cross-entropy.ts';
import { linear, linearBackwardInput, linearBackwardWeight } from './ops/linear.ts';
import { loraBackward, loraForward } from './ops/lora.ts';
import { nf4Dequantize, nf4Quantize } from './ops/nf4.ts';
import { addNoise } from './ops/noise.ts';
import type { OpContext } from './ops/op-context.ts';
import { adamW, adamW8bit, sumOfSquares } from './ops/optimizer.ts';
import { rmsNorm, rmsNormBackward } from './ops/rms-norm.ts';
import { rope } from './ops/rope.ts';
import { gatherRows, scatterAddRows, scatterRows } from './ops/rows.ts';
import { topK } from './ops/top-k.ts';

export interface AssembleOptions {
  readonly precision: 'f32' | 'bf16';
  readonly onTake?: TensorTableOptions['onTake'];
}

/** All ops over the kernels and the memory of a tier. */
export function assembleBackend(engine: Engine, { precision, onTake }: AssembleOptions): Backend {
  const memory = createTensorMemory(engine, onTake);
  const place = (bytes: Uint8Array): number => {
    const address = memory.reserve(bytes.byteLength);
    engine.write(address, bytes);
    return address;
  };
  const bf16 = precision === 'bf16' && engine.bf16;
  const context: OpContext = {
    run: (kernel, args) => engine.run(kernel, args),
    write: (address, bytes) => engine.write(address, bytes),
    read: (address, bytes) => engine.read(address, bytes),
    address: (tensor) => memory.address(tensor),
    scratch: (bytes, use) => memory.scratch(bytes, use),
    readI32: (tensor) => memory.readI32(tensor),
    bf16,
    dynamicMap: place(new Uint8Array(signedDynamicMap().buffer)),
    momentTables: {
      first: place(momentTable(signedDynamicMap())),
      second: place(momentTable(unsignedDynamicMap())),
    },
  };
  const numbers = bf16 ? 'bf16' : precision === 'bf16' ? 'f32 (no bf16 here)' : 'f32';
  const capabilities: BackendCapabilities = {
    description: `cpu ${engine.name}, ${numbers}, ${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}`,
    weightFormats: new Set(['f32', 'bf16', 'nf4']),
    maxHeadDim: MAX_HEAD_DIM,
    missing: {},
  };
  const ops = bindOps(context, {
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
    nf4Quantize: (own, args) => nf4Quantize(own, memory.methods, args),
    nf4Dequantize,
    sumOfSquares,
    adamW,
    adamW8bit,
    topK,
  });
  return { capabilities, ...memory.methods, ...withArgumentChecks(ops, capabilities) };
}
