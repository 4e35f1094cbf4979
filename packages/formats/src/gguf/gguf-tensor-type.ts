/** Tensor types of GGUF files that are written and read here: ggml's number, values of a block, bytes of a block. */
export const ggufTensorTypes = {
  f32: { id: 0, block: 1, bytes: 4 },
  f16: { id: 1, block: 1, bytes: 2 },
  q4_0: { id: 2, block: 32, bytes: 18 },
  q8_0: { id: 8, block: 32, bytes: 34 },
  bf16: { id: 30, block: 1, bytes: 2 },
} as const;

export type GgufTensorType = keyof typeof ggufTensorTypes;

/** Bytes of a tensor of this shape, whose rows are whole blocks. */
export function ggufTensorBytes(type: GgufTensorType, shape: readonly number[]): number {
  const { block, bytes } = ggufTensorTypes[type];
  return (shape.reduce((size, dim) => size * dim, 1) / block) * bytes;
}
