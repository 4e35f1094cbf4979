import type { LoraConfig } from './lora-adapter.ts';

/** α/r, or α/√r with rsLoRA. */
export function loraScale({
  loraAlpha,
  r,
  useRslora,
}: Pick<LoraConfig, 'loraAlpha' | 'r' | 'useRslora'>): number {
  return useRslora ? loraAlpha / Math.sqrt(r) : loraAlpha / r;
}
