import { bytesToF32, f32ToBf16, f32ToF16 } from '../safetensors/convert.ts';
import type { GgufTensorType } from './gguf-tensor-type.ts';
import { decodeQ4_0, encodeQ4_0 } from './quantize-q4-0.ts';
import { decodeQ8_0, encodeQ8_0 } from './quantize-q8-0.ts';

interface Encoding {
  readonly encode: (values: Float32Array) => ArrayBufferView;
  readonly decode: (bytes: Uint8Array) => Float32Array<ArrayBuffer>;
}

const encodings: Readonly<Record<GgufTensorType, Encoding>> = {
  f32: { encode: (values) => values, decode: (bytes) => bytesToF32(bytes, 'F32') },
  f16: { encode: f32ToF16, decode: (bytes) => bytesToF32(bytes, 'F16') },
  bf16: { encode: f32ToBf16, decode: (bytes) => bytesToF32(bytes, 'BF16') },
  q8_0: { encode: encodeQ8_0, decode: decodeQ8_0 },
  q4_0: { encode: encodeQ4_0, decode: decodeQ4_0 },
};

/** f32 values as a GGUF tensor stores them. */
export function encodeTensor(values: Float32Array, type: GgufTensorType): Uint8Array {
  const { buffer, byteOffset, byteLength } = encodings[type].encode(values);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export function decodeTensor(bytes: Uint8Array, type: GgufTensorType): Float32Array<ArrayBuffer> {
  return encodings[type].decode(bytes);
}
