/** f32 → bf16 bits: rounded to nearest, ties to even; NaN stays NaN (made quiet), infinities stay. */
export function f32ToBf16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const isNaNWord = (word & 0x7fffffff) > 0x7f800000;
    bits[i] = isNaNWord ? (word >>> 16) | 0x0040 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return bits;
}

/** bf16 bits → f32, exactly. */
export function bf16ToF32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}
