import { createHash } from 'node:crypto';
import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { createReferenceBackend } from '../reference/create-reference-backend.ts';
import { nf4Code, nf4Midpoints } from './code.ts';
import { dequantizeNf4 } from './dequantize-nf4.ts';
import { signedDynamicMap, unsignedDynamicMap } from './dynamic-map.ts';
import { quantizeNf4 } from './quantize-nf4.ts';
import { uploadNf4 } from './upload-nf4.ts';

describe('the NF4 code', () => {
  it('ascends from −1 through an exact 0 to 1', () => {
    const code = Array.from(nf4Code());
    expect(code).toEqual(code.toSorted((a, b) => a - b));
    expect([code[0], code[7], code[15]]).toEqual([-1, 0, 1]);
  });

  it('holds the quantiles of the normal distribution that define it', () => {
    const offset = 0.9677083;
    const quantiles = (steps: number): number[] =>
      Array.from({ length: steps }, (_, i) => normalQuantile(offset + ((0.5 - offset) * i) / steps));
    const values = [...quantiles(8), 0, ...quantiles(7).map((value) => -value)];
    const greatest = Math.max(...values);
    const expected = values.map((value) => value / greatest).sort((a, b) => a - b);
    nf4Code().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });

  it('has the thresholds of the CUDA kernels', () => {
    const published = [
      -0.8480964, -0.6106329, -0.4599953, -0.3396794, -0.2346074, -0.1379117, -0.045525, 0.0397901, 0.1202553,
      0.2035213, 0.2920138, 0.3893125, 0.5016634, 0.6427869, 0.8614784,
    ];
    nf4Midpoints().forEach((value, i) => expect(value).toBeCloseTo(published[i]!, 6));
  });
});

describe('the dynamic maps', () => {
  it.each([
    ['signed', signedDynamicMap, 'e732639a65f497b4ad684bb166a4467708255edd5207757de8b8f0c7e1fda89c'],
    ['unsigned', unsignedDynamicMap, '305f002cc11278fb769d13b25b9fd0c7c83c8402c40a878fe086f4039fde6398'],
  ])('%s: bitsandbytes’ map, bit for bit', (_, map, expected) => {
    const digest = createHash('sha256').update(new Uint8Array(map().buffer)).digest('hex');
    expect(digest).toBe(expected);
  });
});

describe('quantizeNf4', () => {
  it('puts the first value in the high nibble and pads an odd count with the nibble of 0', () => {
    expect(Array.from(quantizeNf4(Float32Array.of(1, -1, 0.5)).packed)).toEqual([0xf0, 0xc7]);
  });

  it('takes the lower index on a tie', () => {
    const midpoints = nf4Midpoints();
    const values = new Float32Array(64);
    values.set([1, ...midpoints]);
    const { packed } = quantizeNf4(values);
    const nibbles = Array.from(packed).flatMap((byte) => [byte >>> 4, byte & 15]);
    expect(nibbles.slice(1, 16)).toEqual(Array.from(midpoints.keys()));
  });

  it('gives a block of zeroes absmax 0 and nibbles 7', () => {
    const { packed, scales } = quantizeNf4(new Float32Array(70));
    expect(new Set(packed)).toEqual(new Set([0x77]));
    expect(scales).toEqual({ kind: 'single', absmax: new Float32Array(2) });
  });

  it('reproduces every multiple of the code exactly', () => {
    const values = new Float32Array(64).map((_, i) => nf4Code()[i % 16]! * 3);
    expect(dequantizeNf4(quantizeNf4(values))).toEqual(values);
  });

  it('loses about 9.2 % of a normal distribution, with double quantisation too', () => {
    const rng = createRng(5);
    const values = new Float32Array(64 * 1024).map(() => rng.normal());
    for (const doubleQuant of [false, true]) {
      const back = dequantizeNf4(quantizeNf4(values, { doubleQuant }));
      const error = Math.sqrt(
        mean(values.map((value, i) => (value - back[i]!) ** 2)) / mean(values.map((value) => value ** 2)),
      );
      expect(error).toBeGreaterThan(0.09);
      expect(error).toBeLessThan(0.094);
    }
  });

  it('keeps a NaN visible', () => {
    const values = new Float32Array(128).fill(1);
    values[3] = Number.NaN;
    const back = dequantizeNf4(quantizeNf4(values));
    expect(back.subarray(0, 64).every(Number.isNaN)).toBe(true);
    expect(back.subarray(64).every((value) => value === 1)).toBe(true);
  });

  it('refuses odd block sizes and empty input', () => {
    expect(() => quantizeNf4(new Float32Array(4), { blockSize: 48 })).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    );
    expect(() => quantizeNf4(new Float32Array(0))).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  });
});

describe('uploadNf4', () => {
  it('owns its tensors and gives them back', () => {
    const backend = createReferenceBackend();
    const weight = uploadNf4(
      backend,
      [4, 64],
      quantizeNf4(new Float32Array(256).fill(1), { doubleQuant: true }),
    );
    expect(backend.memory().live).toBe(128 + 4 + 4);
    weight.dispose();
    expect(backend.memory()).toMatchObject({ live: 0, tensors: 0 });
  });

  it('refuses a shape that does not fit', () => {
    const data = quantizeNf4(new Float32Array(256));
    expect(() => uploadNf4(createReferenceBackend(), [4, 63], data)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    );
  });
});

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The inverse of the normal distribution function, by bisection on its series (Marsaglia 2004). */
function normalQuantile(probability: number): number {
  const cdf = (x: number): number => {
    let term = x;
    let sum = x;
    for (let i = 1; i < 200; i++) {
      term *= (x * x) / (2 * i + 1);
      sum += term;
    }
    return 0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
  };
  let [low, high] = [-8, 8];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (cdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
