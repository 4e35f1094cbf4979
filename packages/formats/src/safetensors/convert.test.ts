import { describe, expect, it } from 'vitest';
import { bf16ToF32, bytesToF32, f16ToF32, f32ToBf16, f32ToF16 } from './convert.ts';

/** The value of a half, digit by digit from IEEE 754's definition: slow and obvious. */
function halfByDefinition(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const all16 = Uint16Array.from({ length: 65536 }, (_, i) => i);
const isNanHalf = (half: number): boolean => (half & 0x7fff) > 0x7c00;

describe('f16', () => {
  it('reads all 65,536 halves', () => {
    const values = f16ToF32(all16);
    // Object.is, because −0 counts and NaN equals itself.
    expect(all16.every((half) => Object.is(values[half], halfByDefinition(half)))).toBe(true);
  });

  it('writes every half that it reads as the same bits', () => {
    const back = f32ToF16(f16ToF32(all16));
    expect(all16.every((half) => (isNanHalf(half) ? isNanHalf(back[half]!) : back[half] === half))).toBe(
      true,
    );
  });

  it('rounds to nearest, ties to even, at every boundary between two finite halves', () => {
    const wrong: number[] = [];
    for (let half = 0; half < 0x7bff; half++) {
      const middle = (halfByDefinition(half) + halfByDefinition(half + 1)) / 2;
      const ulp = 2 ** (Math.floor(Math.log2(middle)) - 23);
      const even = half % 2 === 0 ? half : half + 1;
      const [below, tie, above, negative] = f32ToF16(
        Float32Array.of(middle - ulp, middle, middle + ulp, -middle),
      );
      if (below !== half || tie !== even || above !== half + 1 || negative !== (even | 0x8000))
        wrong.push(half);
    }
    expect(wrong).toEqual([]);
  });

  it('overflows to infinity from the middle between 65,504 and 65,536, and underflows to a signed zero', () => {
    expect([...f32ToF16(Float32Array.of(65519.99, 65520, 1e30, -Infinity, 2 ** -25, -(2 ** -26)))]).toEqual([
      0x7bff, 0x7c00, 0x7c00, 0xfc00, 0, 0x8000,
    ]);
  });
});

describe('bf16', () => {
  it('keeps what it can hold, and rounds ties to even', () => {
    expect(bf16ToF32(Uint16Array.of(0x3f80, 0xc120))).toEqual(Float32Array.of(1, -10));
    const step = 2 ** -7;
    const values = Float32Array.of(1 + step / 2, 1 + (3 * step) / 2, 1 + step / 2 + 2 ** -20, NaN, 3.4e38);
    expect([...bf16ToF32(f32ToBf16(values))]).toEqual([1, 1 + 2 * step, 1 + step, NaN, Infinity]);
  });
});

describe('bytesToF32', () => {
  it.each(['F64', 'F32', 'F16', 'BF16'] as const)('reads %s from any offset', (dtype) => {
    const bytes = {
      F64: new Uint8Array(Float64Array.of(1.5, -2).buffer),
      F32: new Uint8Array(Float32Array.of(1.5, -2).buffer),
      F16: new Uint8Array(f32ToF16(Float32Array.of(1.5, -2)).buffer),
      BF16: new Uint8Array(f32ToBf16(Float32Array.of(1.5, -2)).buffer),
    }[dtype];
    for (const offset of [0, 1, 2]) {
      const larger = new Uint8Array(offset + bytes.length + 3);
      larger.set(bytes, offset);
      const view = larger.subarray(offset, offset + bytes.length);
      const values = bytesToF32(view, dtype);
      larger.fill(0);
      expect([...values]).toEqual([1.5, -2]);
    }
  });

  it('refuses what holds no floating-point numbers', () => {
    expect(() => bytesToF32(new Uint8Array(8), 'I64')).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }) as Error,
    );
  });
});
