import type { DropoutSpec, Tensor } from '@bezoar/backend';
import type { AdapterSettings } from '@bezoar/formats';

/** The settings of a LoRA adapter, by PEFT's names and meanings. */
export type LoraConfig = AdapterSettings;

/** One adapted linear layer: y += scale · drop(x)·Aᵀ·Bᵀ; with DoRA, what comes of W and the update is scaled row by row. */
export interface LoraModule {
  /** The layer's name in the base model: `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  /** Place in the adapter: the stream of its dropout masks. */
  readonly index: number;
  /** f32 [r, in] */
  readonly a: Tensor<'f32'>;
  /** f32 [out, r] */
  readonly b: Tensor<'f32'>;
  /** α/r or α/√r, of the module's own α and r. */
  readonly scale: number;
  readonly dora?: DoraMagnitudes;
}

/** DoRA (Liu et al. 2024): every row of W + scale·B·A has the length that is learnt for it, whatever B·A does to it. */
export interface DoraMagnitudes {
  /** f32 [out], learnt. */
  readonly magnitude: Tensor<'f32'>;
  /** f32 [out], ‖W + scale·B·A‖ of every row as `updateDoraNorms` found it: constants in a pass. */
  readonly norms: Tensor<'f32'>;
}

export interface LoraAdapter {
  readonly config: LoraConfig;
  /** By layer name, in model order. */
  readonly modules: ReadonlyMap<string, LoraModule>;
  /** Weights in place of the base model's (`modules_to_save`), by checkpoint name. */
  readonly saved: ReadonlyMap<string, Tensor<'f32'>>;
  dispose(): void;
}

/** Dropout of one training step; every adapted layer takes its own stream from it. */
export type LoraDropout = Pick<DropoutSpec, 'probability' | 'seed'>;
