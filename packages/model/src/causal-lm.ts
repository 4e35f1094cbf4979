import type { Backend, Tensor, Weight } from '@bezoar/backend';
import type { ModelConfig } from './config/model-config.ts';
import type { LoraAdapter } from './lora/lora-adapter.ts';
import { modelParameters } from './parameters.ts';
import { wireModel } from './wire-model.ts';

/** A linear layer: y = x·Wᵀ + bias, with its name in the checkpoint (`model.layers.0.self_attn.q_proj`). */
export interface LinearLayer {
  readonly name: string;
  readonly weight: Weight;
  readonly bias?: Tensor;
}

export interface DecoderLayer {
  readonly inputNorm: Tensor;
  readonly q: LinearLayer;
  readonly k: LinearLayer;
  readonly v: LinearLayer;
  readonly o: LinearLayer;
  /** Per-head norms of queries and keys, f32 [d] (Qwen3). */
  readonly qNorm?: Tensor;
  readonly kNorm?: Tensor;
  readonly postNorm: Tensor;
  readonly gate: LinearLayer;
  readonly up: LinearLayer;
  readonly down: LinearLayer;
}

/** A decoder-only transformer whose weights live on a backend. Plain data: the passes are functions over it. */
export interface CausalLM {
  readonly config: ModelConfig;
  readonly backend: Backend;
  /** f32|bf16 [V, D] */
  readonly embedding: Tensor;
  readonly layers: readonly DecoderLayer[];
  /** f32 [D] */
  readonly finalNorm: Tensor;
  /** [V, D]; the embedding itself when tied. */
  readonly lmHead: Weight;
  /** f32 [maxPositions, d/2] */
  readonly rope: { readonly cos: Tensor; readonly sin: Tensor };
  /** The adapter that the passes apply, if any. Replaced with `withAdapter`; the base weights are shared. */
  readonly adapter: LoraAdapter | undefined;
  /** The model without the adapter, where there is one. */
  readonly base?: CausalLM;
  dispose(): void;
}

/**
 * The same model with another adapter, or with none: the DPO reference. Shares all weights but those that the adapter
 * brings along (`modules_to_save`).
 */
export function withAdapter(model: CausalLM, adapter: LoraAdapter | undefined): CausalLM {
  const { base = model } = model;
  if (adapter === undefined) return base;
  const { config } = base;
  const own =
    adapter.saved.size === 0
      ? {}
      : wireModel({ config, weights: new Map([...modelParameters(base), ...adapter.saved]) });
  return { ...base, ...own, adapter, base };
}
