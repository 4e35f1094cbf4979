import { describe, expect, it } from 'vitest';
import { quantizeNf4 } from '../nf4/quantize-nf4.ts';
import { uploadNf4 } from '../nf4/upload-nf4.ts';
import { createReferenceBackend } from './create-reference-backend.ts';

describe('createReferenceBackend', () => {
  const backend = createReferenceBackend();
  const f32 = (shape: number[], values: number[]): ReturnType<typeof backend.alloc> =>
    backend.upload('f32', shape, Float32Array.from(values));
  const i32 = (...values: number[]): ReturnType<typeof backend.alloc> =>
    backend.upload('i32', [values.length], Int32Array.from(values));
  const zeros = (...shape: number[]): ReturnType<typeof backend.alloc> => backend.alloc('f32', shape);

  it('refuses ids beyond the table before it writes anything', async () => {
    const out = zeros(2, 2);
    expect(() => backend.gatherRows({ table: f32([2, 2], [1, 2, 3, 4]), ids: i32(0, 2), out })).toThrow(
      'gatherRows: ids[1] is 2, expected in 0 … 1',
    );
    expect(await backend.download(out)).toEqual(new Float32Array(4));
    expect(() => backend.gatherRows({ table: zeros(2, 2), ids: i32(-1, 0), out })).toThrow('ids[0] is -1');
  });

  it('refuses positions beyond the rotary table, targets beyond the vocabulary and slots beyond the cache', () => {
    expect(() =>
      backend.rope({ x: zeros(1, 2), heads: 1, positions: i32(4), cos: zeros(4, 1), sin: zeros(4, 1) }),
    ).toThrow('rope: positions[0] is 4');
    expect(() =>
      backend.linearCrossEntropy({
        hidden: zeros(1, 2),
        weight: zeros(3, 2),
        targets: i32(3),
        logProbs: zeros(1),
      }),
    ).toThrow('linearCrossEntropy: targets[0] is 3');
    const cache = {
      q: zeros(1, 2),
      kCache: zeros(2, 3, 2),
      vCache: zeros(2, 3, 2),
      out: zeros(1, 2),
      heads: 1,
      kvHeads: 1,
      scale: 1,
    };
    expect(() => backend.cachedAttention({ ...cache, slots: i32(2), positions: i32(0) })).toThrow(
      'slots[0] is 2',
    );
    expect(() => backend.cachedAttention({ ...cache, slots: i32(1), positions: i32(3) })).toThrow(
      'positions[0] is 3',
    );
  });

  it.each([
    [[0, 1], 2, 'cuSeqlens[1] is 1, expected the number of tokens, 2'],
    [[1, 2], 2, 'cuSeqlens[0] is 1, expected 0'],
    [[0, 2], 1, 'the end of 2 tokens, expected at most maxSeqlen = 1 tokens'],
    [[0, 3, 2], 3, 'cuSeqlens[2] is 2, expected at least 3'],
  ])('refuses cuSeqlens %j with maxSeqlen %d', (ends, maxSeqlen, message) => {
    const tensors = { q: zeros(2, 2), k: zeros(2, 2), v: zeros(2, 2), out: zeros(2, 2), lse: zeros(2, 1) };
    const layout = { cuSeqlens: i32(...ends), batch: ends.length - 1, maxSeqlen };
    expect(() => backend.attention({ ...tensors, heads: 1, kvHeads: 1, scale: 1, layout })).toThrow(message);
  });

  it('refuses a tensor of another backend', () => {
    const foreign = createReferenceBackend().alloc('f32', [2]);
    expect(() => backend.add({ a: zeros(2), b: zeros(2), out: foreign })).toThrow(
      'belongs to another backend',
    );
  });

  it('takes NF4 weights in the output layer too', async () => {
    const values = new Float32Array(64).map((_, i) => (i % 5) - 2);
    const data = quantizeNf4(values, { blockSize: 32 });
    const weight = uploadNf4(backend, [2, 32], data);
    const dense = zeros(2, 32);
    backend.nf4Dequantize({ weight, out: dense });
    const hidden = f32(
      [1, 32],
      Array.from({ length: 32 }, (_, i) => Math.sin(i)),
    );
    const results = [weight, dense].map((table) => {
      const logProbs = zeros(1);
      backend.linearCrossEntropy({ hidden, weight: table, targets: i32(1), logProbs });
      return logProbs;
    });
    const [quantised, expected] = await Promise.all(results.map((tensor) => backend.download(tensor)));
    expect(quantised).toEqual(expected);
    expect(quantised![0]).toBeLessThan(0);
  });

  it('does nothing on zero tokens', () => {
    expect(() => backend.linear({ x: zeros(0, 4), weight: zeros(3, 4), out: zeros(0, 3) })).not.toThrow();
    const empty = { q: zeros(0, 8), k: zeros(0, 8), v: zeros(0, 8), out: zeros(0, 8), lse: zeros(0, 2) };
    const layout = { cuSeqlens: i32(0), batch: 0, maxSeqlen: 0 };
    expect(() => backend.attention({ ...empty, heads: 2, kvHeads: 2, scale: 1, layout })).not.toThrow();
  });
});
