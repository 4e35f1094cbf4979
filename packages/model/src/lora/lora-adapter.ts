import type { DropoutSpec, Tensor } from '@bezoar/backend';

/** The settings of a LoRA adapter, by PEFT's names and meanings. */
export interface LoraConfig {
  readonly r: number;
  readonly loraAlpha: number;
  readonly loraDropout: number;
  /** Suffixes of module names (`q_proj`). */
  readonly targetModules: readonly string[];
  /** Scale by α/√r instead of α/r (Kalajdzievski 2023). */
  readonly useRslora: boolean;
}

/** One adapted linear layer: y += scale · drop(x)·Aᵀ·Bᵀ. */
export interface LoraModule {
  /** The layer's name in the base model: `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  /** Place in the adapter: the stream of its dropout masks. */
  readonly index: number;
  /** f32 [r, in] */
  readonly a: Tensor<'f32'>;
  /** f32 [out, r] */
  readonly b: Tensor<'f32'>;
}

export interface LoraAdapter {
  readonly config: LoraConfig;
  /** α/r or α/√r. */
  readonly scale: number;
  /** By layer name, in model order. */
  readonly modules: ReadonlyMap<string, LoraModule>;
  dispose(): void;
}

/** Dropout of one training step; every adapted layer takes its own stream from it. */
export type LoraDropout = Pick<DropoutSpec, 'probability' | 'seed'>;
