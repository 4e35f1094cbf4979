import { describe, expect, it } from 'vitest';
import { bf16ToF32, f32ToBf16 } from './bf16.ts';

const fromBits = (...words: number[]): Float32Array => new Float32Array(Uint32Array.from(words).buffer);

describe('bf16', () => {
  it('survives a round trip for every bit pattern but signalling NaNs, which become quiet', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const back = f32ToBf16(bf16ToF32(all));
    const wrong = all.filter((bits, i) => {
      const nan = (bits & 0x7fff) > 0x7f80;
      return nan ? (back[i]! & 0x7fc0) !== 0x7fc0 : back[i] !== bits;
    });
    expect(wrong).toEqual(new Uint16Array(0));
  });

  it('rounds to nearest, ties to even, and carries into the exponent', () => {
    expect(
      Array.from(f32ToBf16(fromBits(0x3f808000, 0x3f818000, 0x3f808001, 0x3fffffff, 0x7f7fffff))),
    ).toEqual([0x3f80, 0x3f82, 0x3f81, 0x4000, 0x7f80]);
  });

  it('keeps a NaN whose payload lies in the lower half a NaN', () => {
    expect(bf16ToF32(f32ToBf16(fromBits(0x7f800001, 0xff800001)))).toEqual(Float32Array.of(NaN, NaN));
  });

  it('reads a view that does not start at the buffer’s beginning', () => {
    expect(Array.from(f32ToBf16(Float32Array.of(1, 2, 3).subarray(1)))).toEqual([0x4000, 0x4040]);
  });
});
