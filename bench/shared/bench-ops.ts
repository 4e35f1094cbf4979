import {
  quantizeNf4,
  uploadNf4,
  type AdamW8bitArgs,
  type AttentionArgs,
  type Backend,
  type DType,
  type HostArrayOf,
  type Tensor,
} from '@bezoar/backend';
import type { Rng } from '@bezoar/core';

/* Every op of the contract at the sizes of a tiny model. */

const tokens = 64;
const hidden = 128;
const inner = 320;
const heads = 4;
const words = 512;
const rank = 8;

type Call = () => Tensor;
/** Makes the arguments and gives the call; its result is one of the outputs. */
export type BenchOp = (backend: Backend, rng: Rng) => Call;

function noise(backend: Backend, rng: Rng, shape: readonly number[]): Tensor<'f32'> {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return backend.upload(
    'f32',
    shape,
    Float32Array.from({ length: size }, () => rng.normal()),
  );
}

function ints(backend: Backend, values: readonly number[]): Tensor<'i32'> {
  return backend.upload('i32', [values.length], Int32Array.from(values));
}

function filled<Type extends DType>(
  backend: Backend,
  dtype: Type,
  { size, value }: { readonly size: number; readonly value: number },
): Tensor<Type> {
  const types = { f32: Float32Array, bf16: Uint16Array, i32: Int32Array, u8: Uint8Array };
  return backend.upload(dtype, [size], new types[dtype](size).fill(value) as HostArrayOf<Type>);
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const step = { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, step: 3, gradScale: 0.5 };
const dropout = { probability: 0.1, seed: 7, stream: 3 };

function attentionArguments(backend: Backend, rng: Rng): AttentionArgs {
  const tensor = (): Tensor => noise(backend, rng, [tokens, hidden]);
  return {
    q: tensor(),
    k: tensor(),
    v: tensor(),
    heads,
    kvHeads: heads,
    scale: (hidden / heads) ** -0.5,
    layout: { cuSeqlens: ints(backend, [0, tokens]), batch: 1, maxSeqlen: tokens },
    out: tensor(),
    lse: noise(backend, rng, [tokens, heads]),
  };
}

type Moments = Pick<AdamW8bitArgs, 'mCodes' | 'mAbsmax' | 'vCodes' | 'vAbsmax'>;

function eightBitMoments(backend: Backend, size: number): Moments {
  const blocks = Math.ceil(size / 256);
  return {
    mCodes: filled(backend, 'u8', { size, value: 127 }),
    mAbsmax: filled(backend, 'f32', { size: blocks, value: 0 }),
    vCodes: filled(backend, 'u8', { size, value: 0 }),
    vAbsmax: filled(backend, 'f32', { size: blocks, value: 0 }),
  };
}

export const benchOps: Readonly<Record<string, BenchOp>> = {
  gatherRows(backend, rng) {
    const table = noise(backend, rng, [words, hidden]);
    const args = { table, ids: ints(backend, range(tokens)), out: noise(backend, rng, [tokens, hidden]) };
    return () => (backend.gatherRows(args), args.out);
  },
  scatterRows(backend, rng) {
    const dst = noise(backend, rng, [words, hidden]);
    const args = { src: noise(backend, rng, [tokens, hidden]), ids: ints(backend, range(tokens)), dst };
    return () => (backend.scatterRows(args), dst);
  },
  scatterAddRows(backend, rng) {
    const dst = noise(backend, rng, [words, hidden]);
    const args = { src: noise(backend, rng, [tokens, hidden]), ids: ints(backend, range(tokens)), dst };
    return () => (backend.scatterAddRows(args), dst);
  },
  rmsNorm(backend, rng) {
    const args = {
      x: noise(backend, rng, [tokens, hidden]),
      weight: noise(backend, rng, [hidden]),
      eps: 1e-5,
      out: noise(backend, rng, [tokens, hidden]),
      rstd: noise(backend, rng, [tokens]),
    };
    return () => (backend.rmsNorm(args), args.out);
  },
  rmsNormBackward(backend, rng) {
    const args = {
      x: noise(backend, rng, [tokens, hidden]),
      weight: noise(backend, rng, [hidden]),
      rstd: filled(backend, 'f32', { size: tokens, value: 1 }),
      dOut: noise(backend, rng, [tokens, hidden]),
      dX: noise(backend, rng, [tokens, hidden]),
    };
    return () => (backend.rmsNormBackward(args), args.dX);
  },
  linear(backend, rng) {
    const args = {
      x: noise(backend, rng, [tokens, hidden]),
      weight: noise(backend, rng, [inner, hidden]),
      out: noise(backend, rng, [tokens, inner]),
    };
    return () => (backend.linear(args), args.out);
  },
  'linear, NF4'(backend, rng) {
    const values = Float32Array.from({ length: inner * hidden }, () => rng.normal());
    const args = {
      x: noise(backend, rng, [tokens, hidden]),
      weight: uploadNf4(backend, [inner, hidden], quantizeNf4(values, { doubleQuant: true })),
      out: noise(backend, rng, [tokens, inner]),
    };
    return () => (backend.linear(args), args.out);
  },
  linearBackwardInput(backend, rng) {
    const args = {
      dOut: noise(backend, rng, [tokens, inner]),
      weight: noise(backend, rng, [inner, hidden]),
      dX: noise(backend, rng, [tokens, hidden]),
    };
    return () => (backend.linearBackwardInput(args), args.dX);
  },
  linearBackwardWeight(backend, rng) {
    const args = {
      x: noise(backend, rng, [tokens, hidden]),
      dOut: noise(backend, rng, [tokens, inner]),
      dWeight: noise(backend, rng, [inner, hidden]),
    };
    return () => (backend.linearBackwardWeight(args), args.dWeight);
  },
  dropout(backend, rng) {
    const args = { x: noise(backend, rng, [tokens, hidden]), out: noise(backend, rng, [tokens, hidden]) };
    return () => (backend.dropout({ ...args, dropout }), args.out);
  },
  addNoise(backend, rng) {
    const args = {
      x: noise(backend, rng, [tokens, hidden]),
      scales: noise(backend, rng, [tokens]),
      out: noise(backend, rng, [tokens, hidden]),
    };
    return () => (backend.addNoise({ ...args, noise: { seed: 7, stream: 3 } }), args.out);
  },
  loraForward(backend, rng) {
    const args = {
      x: noise(backend, rng, [tokens, hidden]),
      a: noise(backend, rng, [rank, hidden]),
      b: noise(backend, rng, [inner, rank]),
      scale: 2,
      u: noise(backend, rng, [tokens, rank]),
      out: noise(backend, rng, [tokens, inner]),
    };
    return () => (backend.loraForward(args), args.out);
  },
  loraBackward(backend, rng) {
    const args = {
      x: noise(backend, rng, [tokens, hidden]),
      u: noise(backend, rng, [tokens, rank]),
      a: noise(backend, rng, [rank, hidden]),
      b: noise(backend, rng, [inner, rank]),
      scale: 2,
      dOut: noise(backend, rng, [tokens, inner]),
      dA: noise(backend, rng, [rank, hidden]),
      dB: noise(backend, rng, [inner, rank]),
      dX: noise(backend, rng, [tokens, hidden]),
    };
    return () => (backend.loraBackward(args), args.dX);
  },
  doraNorms(backend, rng) {
    const args = {
      weight: noise(backend, rng, [inner, hidden]),
      a: noise(backend, rng, [rank, hidden]),
      b: noise(backend, rng, [inner, rank]),
      scale: 2,
      norms: noise(backend, rng, [inner]),
    };
    return () => (backend.doraNorms(args), args.norms);
  },
  doraForward(backend, rng) {
    const args = {
      y: noise(backend, rng, [tokens, inner]),
      magnitude: noise(backend, rng, [inner]),
      norms: filled(backend, 'f32', { size: inner, value: 2 }),
      out: noise(backend, rng, [tokens, inner]),
    };
    return () => (backend.doraForward(args), args.out);
  },
  doraBackward(backend, rng) {
    const args = {
      y: noise(backend, rng, [tokens, inner]),
      magnitude: noise(backend, rng, [inner]),
      norms: filled(backend, 'f32', { size: inner, value: 2 }),
      dOut: noise(backend, rng, [tokens, inner]),
      dY: noise(backend, rng, [tokens, inner]),
      dMagnitude: noise(backend, rng, [inner]),
    };
    return () => (backend.doraBackward(args), args.dMagnitude);
  },
  rope(backend, rng) {
    const half = hidden / heads / 2;
    const table = (value: number): Tensor =>
      backend.upload('f32', [tokens, half], new Float32Array(tokens * half).fill(value));
    const args = {
      x: noise(backend, rng, [tokens, hidden]),
      heads,
      positions: ints(backend, range(tokens)),
      cos: table(0.6),
      sin: table(0.8),
    };
    return () => (backend.rope(args), args.x);
  },
  attention(backend, rng) {
    const args = attentionArguments(backend, rng);
    return () => (backend.attention(args), args.out);
  },
  attentionBackward(backend, rng) {
    const args = attentionArguments(backend, rng);
    const gradients = {
      dOut: noise(backend, rng, [tokens, hidden]),
      dQ: noise(backend, rng, [tokens, hidden]),
      dK: noise(backend, rng, [tokens, hidden]),
      dV: noise(backend, rng, [tokens, hidden]),
    };
    backend.attention(args);
    return () => (backend.attentionBackward({ ...args, ...gradients }), gradients.dK);
  },
  cachedAttention(backend, rng) {
    const args = {
      q: noise(backend, rng, [4, hidden]),
      kCache: noise(backend, rng, [4, tokens, hidden]),
      vCache: noise(backend, rng, [4, tokens, hidden]),
      slots: ints(backend, range(4)),
      positions: ints(backend, [63, 40, 20, 3]),
      heads,
      kvHeads: heads,
      scale: 0.2,
      out: noise(backend, rng, [4, hidden]),
    };
    return () => (backend.cachedAttention(args), args.out);
  },
  swiglu(backend, rng) {
    const make = (): Tensor => noise(backend, rng, [tokens, inner]);
    const args = { gate: make(), up: make(), out: make() };
    return () => (backend.swiglu(args), args.out);
  },
  swigluBackward(backend, rng) {
    const make = (): Tensor => noise(backend, rng, [tokens, inner]);
    const args = { gate: make(), up: make(), dOut: make(), dGate: make(), dUp: make() };
    return () => (backend.swigluBackward(args), args.dGate);
  },
  linearCrossEntropy(backend, rng) {
    const args = {
      hidden: noise(backend, rng, [tokens, hidden]),
      weight: noise(backend, rng, [words, hidden]),
      targets: ints(backend, range(tokens)),
      logProbs: noise(backend, rng, [tokens]),
    };
    const dHidden = noise(backend, rng, [tokens, hidden]);
    return () => (
      backend.linearCrossEntropy({ ...args, gradient: { dLogProbs: -1 / tokens, dHidden } }),
      dHidden
    );
  },
  add(backend, rng) {
    const make = (): Tensor => noise(backend, rng, [tokens, hidden]);
    const args = { a: make(), b: make(), out: make(), scale: 0.5 };
    return () => (backend.add(args), args.out);
  },
  fill(backend, rng) {
    const out = noise(backend, rng, [tokens, hidden]);
    return () => (backend.fill({ out, value: 0.5 }), out);
  },
  copy(backend, rng) {
    const args = { src: noise(backend, rng, [tokens, hidden]), dst: noise(backend, rng, [tokens, hidden]) };
    return () => (backend.copy(args), args.dst);
  },
  nf4Quantize(backend, rng) {
    const weight = noise(backend, rng, [inner, hidden]);
    return () => backend.nf4Quantize({ weight }).packed;
  },
  nf4Dequantize(backend, rng) {
    const values = Float32Array.from({ length: inner * hidden }, () => rng.normal());
    const weight = uploadNf4(backend, [inner, hidden], quantizeNf4(values));
    const out = noise(backend, rng, [inner, hidden]);
    return () => (backend.nf4Dequantize({ weight, out }), out);
  },
  sumOfSquares(backend, rng) {
    const tensors = range(8).map(() => noise(backend, rng, [rank, hidden]));
    const out = noise(backend, rng, [1]);
    return () => (backend.sumOfSquares({ tensors, out }), out);
  },
  adamW(backend, rng) {
    const make = (): Tensor => noise(backend, rng, [inner, rank]);
    const args = { param: make(), grad: make(), m: make(), v: backend.alloc('f32', [inner, rank]) };
    return () => (backend.adamW({ ...args, ...step }), args.param);
  },
  adamW8bit(backend, rng) {
    const param = noise(backend, rng, [inner * rank]);
    const args = {
      param,
      grad: noise(backend, rng, [inner * rank]),
      ...eightBitMoments(backend, param.size),
    };
    return () => (backend.adamW8bit({ ...args, ...step }), param);
  },
  topK(backend, rng) {
    const args = {
      x: noise(backend, rng, [4, words]),
      k: 40,
      values: noise(backend, rng, [4, 40]),
      indices: ints(backend, new Array<number>(160).fill(0)),
    };
    return () => (backend.topK(args), args.values);
  },
};
