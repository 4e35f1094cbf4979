import { dequantizeNf4 } from '@bezoar/backend';
import { openCheckpoint, type Checkpoint, type FolderSource } from '@bezoar/formats';
import { readBnbWeight } from '../bitsandbytes/read-bnb-weight.ts';
import type { CausalLM } from '../causal-lm.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { checkShape, readModelConfig } from '../load-model.ts';
import { foldedWeight } from '../lora/folded-weight.ts';
import { parameterSpecs } from '../parameter-specs.ts';

/** A model's weights as dense numbers, one parameter at a time: what exports are made from. */
export interface WeightSource {
  readonly config: ModelConfig;
  /** By the name that `parameterSpecs` lists, row-major. */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
}

/** Of a loaded model: NF4 de-quantised, an adapter folded in. */
export function modelWeights(model: CausalLM): WeightSource {
  return {
    config: model.config,
    async read(name) {
      const dense = await foldedWeight(model, name);
      const values = await model.backend.download(dense);
      dense.dispose();
      return values;
    },
  };
}

export interface FolderWeights extends WeightSource {
  close(): Promise<void>;
}

/**
 * Of a Hugging Face model folder, read as they are asked for: no backend, and no more memory than the largest tensor.
 * Throws BezoarError NOT_FOUND, BAD_FILE or UNSUPPORTED when the folder cannot work.
 */
export async function openWeights(folder: FolderSource): Promise<FolderWeights> {
  const config = await readModelConfig(folder);
  const checkpoint = await openCheckpoint(folder);
  try {
    for (const spec of parameterSpecs(config)) await checkShape(checkpoint, spec, folder.name);
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
  return { config, read: async (name) => readDense(checkpoint, name), close: () => checkpoint.close() };
}

/** A tensor as f32, one that bitsandbytes has quantised too. */
async function readDense(checkpoint: Checkpoint, name: string): Promise<Float32Array<ArrayBuffer>> {
  const quantised = await readBnbWeight(checkpoint, name);
  return quantised === undefined ? checkpoint.readF32(name) : dequantizeNf4(quantised.data);
}
