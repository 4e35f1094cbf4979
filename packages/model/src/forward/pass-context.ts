import type { SequenceLayout, Tensor } from '@bezoar/backend';
import type { CausalLM } from '../causal-lm.ts';
import type { LoraDropout } from '../lora/lora-adapter.ts';
import type { Workspace } from '../workspace.ts';

/** What every part of a pass needs. */
export interface PassContext {
  readonly model: CausalLM;
  readonly workspace: Workspace;
  /** T */
  readonly tokens: number;
  readonly positions: Tensor;
  readonly layout: SequenceLayout;
  /** Adapter dropout of this micro-batch; none outside of training. */
  readonly dropout?: LoraDropout | undefined;
}

/** Where gradients are added to. Missing entries are frozen. */
export interface GradientSink {
  /** By layer name. */
  readonly adapter?: ReadonlyMap<string, LoraGradients>;
  /** By checkpoint name: full fine-tuning, and what an adapter trains in full. */
  readonly full?: ReadonlyMap<string, Tensor>;
}

export interface LoraGradients {
  readonly a: Tensor;
  readonly b: Tensor;
  /** With DoRA. */
  readonly magnitude?: Tensor | undefined;
}

/** Where the gradient of the output layer is added to, for `linearCrossEntropy`. */
export function headGradient({ config }: CausalLM, { full }: GradientSink): { readonly dWeight?: Tensor } {
  const dWeight = full?.get(config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight');
  return dWeight === undefined ? {} : { dWeight };
}
