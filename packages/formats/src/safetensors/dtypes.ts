/** Element types of safetensors files that this project meets, with their sizes in bytes. */
export const safetensorsDtypes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type SafetensorsDtype = keyof typeof safetensorsDtypes;

export function isSafetensorsDtype(text: string): text is SafetensorsDtype {
  return Object.hasOwn(safetensorsDtypes, text);
}
