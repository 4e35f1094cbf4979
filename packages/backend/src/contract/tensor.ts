/** Element types of device memory. `bf16` holds the upper 16 bits of an f32, rounded to nearest even. */
export type DType = 'f32' | 'bf16' | 'i32' | 'u8';

/** A handle to device memory, row-major and contiguous. Its bytes are read only through `Backend.download`. */
export interface Tensor<Type extends DType = DType> {
  readonly kind: 'tensor';
  readonly dtype: Type;
  readonly shape: readonly number[];
  /** Number of elements: the product of the shape. */
  readonly size: number;
  readonly disposed: boolean;
  /** Frees the memory. Idempotent. Any use afterwards throws BezoarError DISPOSED. */
  dispose(): void;
}

/**
 * A matrix in bitsandbytes' blockwise NF4 (Dettmers et al. 2023, QLoRA §3). Flattened row-major, cut into blocks of
 * `blockSize`; byte i holds values 2i (high nibble) and 2i+1 (low nibble); value = code[nibble] · absmax[block].
 */
export interface Nf4Weight {
  readonly kind: 'nf4';
  /** [out, in], as a linear layer stores it. */
  readonly shape: readonly [number, number];
  /** Values per block, 64 by default. A block may straddle rows when `in` is no multiple of it. */
  readonly blockSize: number;
  /** u8 [ceil(out·in / 2)] */
  readonly packed: Tensor<'u8'>;
  readonly scales: Nf4Scales;
  dispose(): void;
}

export type Nf4Scales =
  /** absmax: f32 [ceil(out·in / blockSize)] */
  | { readonly kind: 'single'; readonly absmax: Tensor<'f32'> }
  /**
   * Double quantisation: absmax[b] = map[codes[b]] · nestedAbsmax[b / nestedBlockSize] + offset, with the signed
   * dynamic 8-bit map. codes: u8 [blocks]; nestedAbsmax: f32 [ceil(blocks / nestedBlockSize)].
   */
  | {
      readonly kind: 'double';
      readonly codes: Tensor<'u8'>;
      readonly nestedAbsmax: Tensor<'f32'>;
      readonly offset: number;
      readonly nestedBlockSize: number;
    };

/** What a linear layer may hold: a dense f32 or bf16 matrix [out, in], or NF4. */
export type Weight = Tensor | Nf4Weight;

export type HostArray = Float32Array | Uint16Array | Int32Array | Uint8Array;
/** The array type that holds a dtype on the host; bf16 travels as its raw 16 bits. */
export type HostArrayOf<Type extends DType> = Type extends 'f32'
  ? Float32Array<ArrayBuffer>
  : Type extends 'bf16'
    ? Uint16Array<ArrayBuffer>
    : Type extends 'i32'
      ? Int32Array<ArrayBuffer>
      : Uint8Array<ArrayBuffer>;
