import type { GpuTexture } from '../gpujs/gpujs-module.ts';

export interface TextureLayout {
  readonly columns: number;
  readonly rows: number;
  readonly fours?: boolean;
}

/**
 * The same texture, read with other sizes. Values lie row after row, four to a texel, whatever the width: so they can be read
 * with any, one by one (gpu.js calls that memory-optimised) or four at a time.
 */
export function textureView(
  texture: GpuTexture,
  { columns, rows, fours = false }: TextureLayout,
): GpuTexture {
  return Object.create(Object.getPrototypeOf(texture) as object, {
    ...Object.getOwnPropertyDescriptors(texture),
    // A kernel refuses textures of another class than its first one; whatever kernel made them, these are of one.
    constructor: { value: Object },
    type: { value: fours ? 'ArrayTexture(4)' : 'MemoryOptimizedNumberTexture' },
    dimensions: { value: [fours ? columns / 4 : columns, rows, 1] },
    clone: { value: () => texture.clone() },
  }) as GpuTexture;
}
