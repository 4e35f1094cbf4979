import { nf4Code } from './code.ts';
import { signedDynamicMap } from './dynamic-map.ts';
import type { Nf4Data, Nf4DataScales } from './quantize-nf4.ts';

/** value = code[nibble] · absmax[block], in f32. */
export function dequantizeNf4({ count, blockSize, packed, scales }: Nf4Data): Float32Array<ArrayBuffer> {
  const code = nf4Code();
  const absmax = dequantizeScales(scales);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const byte = packed[i >>> 1]!;
    const nibble = i % 2 === 0 ? byte >>> 4 : byte & 15;
    values[i] = code[nibble]! * absmax[Math.floor(i / blockSize)]!;
  }
  return values;
}

/** The f32 scale of every block. Under double quantisation: map[code] · nestedAbsmax + offset, rounded after each step. */
export function dequantizeScales(scales: Nf4DataScales): Float32Array<ArrayBuffer> {
  if (scales.kind === 'single') return scales.absmax;
  const { codes, nestedAbsmax, offset, nestedBlockSize } = scales;
  const map = signedDynamicMap();
  const absmax = new Float32Array(codes.length);
  for (let b = 0; b < codes.length; b++) {
    absmax[b] = Math.fround(map[codes[b]!]! * nestedAbsmax[Math.floor(b / nestedBlockSize)]!) + offset;
  }
  return absmax;
}
