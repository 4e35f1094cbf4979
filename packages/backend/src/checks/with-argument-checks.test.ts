import type { BezoarError } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import type { BackendCapabilities, BackendOps } from '../contract/backend.ts';
import { quantizeNf4 } from '../nf4/quantize-nf4.ts';
import { uploadNf4 } from '../nf4/upload-nf4.ts';
import { createReferenceBackend } from '../reference/create-reference-backend.ts';
import { withArgumentChecks } from './with-argument-checks.ts';

const everything: BackendCapabilities = {
  description: 'a test',
  weightFormats: new Set(['f32', 'bf16', 'nf4']),
  maxHeadDim: 128,
  missing: {},
};

function errorOf(call: () => unknown): BezoarError {
  try {
    call();
  } catch (error) {
    return error as BezoarError;
  }
  throw new Error('nothing was thrown');
}

describe('withArgumentChecks', () => {
  const backend = createReferenceBackend();
  const f32 = (...shape: number[]): ReturnType<typeof backend.alloc> => backend.alloc('f32', shape);
  const i32 = (...values: number[]): ReturnType<typeof backend.alloc> =>
    backend.upload('i32', [values.length], Int32Array.from(values));

  it('names op, argument, what it got and what it expected, with advice', () => {
    const error = errorOf(() =>
      backend.rmsNorm({ x: f32(2, 3), weight: f32(3), eps: 1e-5, out: f32(5), rstd: f32(2) }),
    );
    expect(error.message).toBe('rmsNorm: out is f32 [5] (5 elements), expected f32 of 6 elements');
    expect(error.data).toEqual({
      op: 'rmsNorm',
      argument: 'out',
      got: 'f32 [5] (5 elements)',
      expected: 'f32 of 6 elements',
    });
    expect(error.advice).toContain('rmsNorm');
  });

  it('does not run an op whose arguments are wrong', () => {
    let runs = 0;
    const ops = withArgumentChecks(
      {
        add() {
          runs += 1;
        },
      },
      everything,
    );
    expect(() => ops.add({ a: f32(2), b: f32(3), out: f32(2) })).toThrow('add: b');
    ops.add({ a: f32(2), b: f32(2), out: f32(2) });
    expect(runs).toBe(1);
  });

  it('refuses what capabilities.missing declares, with its reason, and ops that are not there', () => {
    const ops = withArgumentChecks(backend, { ...everything, missing: { topK: 'no sort on this device' } });
    expect(errorOf(() => ops.topK({} as never))).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('no sort on this device') as string,
    });
    expect(errorOf(() => withArgumentChecks({}, everything).fill({} as never)).code).toBe('UNSUPPORTED');
  });

  it('refuses weight formats and head sizes beyond the declared limits', () => {
    const limited = withArgumentChecks(backend, {
      ...everything,
      weightFormats: new Set(['f32']),
      maxHeadDim: 8,
    });
    const weight = uploadNf4(backend, [2, 32], quantizeNf4(new Float32Array(64).fill(1)));
    expect(errorOf(() => limited.linear({ x: f32(1, 32), weight, out: f32(1, 2) })).code).toBe('UNSUPPORTED');
    const attention: Parameters<BackendOps['attention']>[0] = {
      ...{ q: f32(2, 9), k: f32(2, 9), v: f32(2, 9), out: f32(2, 9), lse: f32(2, 1) },
      ...{ heads: 1, kvHeads: 1, scale: 1, layout: { cuSeqlens: i32(0, 2), batch: 1, maxSeqlen: 2 } },
    };
    expect(errorOf(() => limited.attention(attention)).message).toContain('heads of 9 are greater than 8');
    expect(() => backend.attention(attention)).not.toThrow();
  });

  it('refuses an output that is one of the inputs, where the op does not allow it', () => {
    const [x, w] = [f32(3, 3), f32(3, 3)];
    expect(errorOf(() => backend.linear({ x, weight: w, out: x })).message).toBe(
      'linear: out is the same tensor as x, expected memory of its own',
    );
    expect(() => backend.add({ a: x, b: w, out: x })).not.toThrow();
  });

  it.each([
    [
      'dropout of everything',
      () => backend.dropout({ x: f32(2), out: f32(2), dropout: { probability: 1, seed: 0, stream: 0 } }),
    ],
    [
      'a negative seed',
      () => backend.dropout({ x: f32(2), out: f32(2), dropout: { probability: 0, seed: -1, stream: 0 } }),
    ],
    [
      'more of the greatest than there are',
      () => backend.topK({ x: f32(2, 3), k: 4, values: f32(2, 4), indices: i32(1, 2, 3, 4, 5, 6, 7, 8) }),
    ],
    ['an i32 to be filled with a fraction', () => backend.fill({ out: i32(1), value: 0.5 })],
    ['a copy of i32 to f32', () => backend.copy({ src: i32(1), dst: f32(1) })],
    [
      'step 0 of AdamW',
      () =>
        backend.adamW({
          param: f32(1),
          grad: f32(1),
          m: f32(1),
          v: f32(1),
          lr: 1,
          beta1: 0.9,
          beta2: 0.9,
          eps: 1,
          weightDecay: 0,
          step: 0,
          gradScale: 1,
        }),
    ],
    ['a dense weight to be dequantised', () => backend.nf4Dequantize({ weight: f32(2, 2), out: f32(2, 2) })],
    ['no tensor at all', () => backend.add({ a: undefined as never, b: f32(1), out: f32(1) })],
  ])('refuses %s', (_title, call) => {
    expect(errorOf(call).code).toBe('BAD_INPUT');
  });

  it('counts NF4 parts that do not fit the shape', () => {
    const weight = uploadNf4(
      backend,
      [2, 32],
      quantizeNf4(new Float32Array(64).fill(1), { doubleQuant: true }),
    );
    const call = (shape: [number, number]) => () =>
      backend.nf4Dequantize({ weight: { ...weight, shape }, out: f32(...shape) });
    expect(call([2, 32])).not.toThrow();
    expect(errorOf(call([2, 34])).message).toContain('weight.packed is u8 [32]');
  });
});
