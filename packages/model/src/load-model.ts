import { dequantizeNf4, uploadNf4, type Backend, type Weight } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import { f32ToBf16, openCheckpoint, readJson, type Checkpoint, type FolderSource } from '@bezoar/formats';
import { assembleModel } from './assemble-model.ts';
import { readBnbShape, readBnbWeight, type BnbWeight } from './bitsandbytes/read-bnb-weight.ts';
import type { CausalLM } from './causal-lm.ts';
import { parseModelConfig } from './config/parse-model-config.ts';
import type { ModelConfig } from './config/model-config.ts';
import { parameterSpecs, type ParameterSpec } from './parameter-specs.ts';
import { placeWeight, type PlaceOptions } from './place-weight.ts';

/** How linear weights are kept on the backend. Norms and biases are f32 always; embeddings and lm_head bf16 or f32. */
export type WeightFormat = 'f32' | 'bf16' | 'nf4' | 'nf4-dq';

export interface LoadModelOptions {
  readonly folder: FolderSource;
  readonly backend: Backend;
  /** `f32` by default; `nf4-dq` is NF4 with double quantisation. Embeddings and lm_head are never quantised. */
  readonly weights?: WeightFormat;
  /** Called after every tensor, for progress. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Loads a Hugging Face model folder (`config.json` and safetensors or torch files, single or sharded), tensor by tensor: the
 * dense copy of a quantised weight lives only while it is quantised. What bitsandbytes has quantised to NF4 stays as it is,
 * bit for bit, or is de-quantised for another format.
 * Throws BezoarError NOT_FOUND, BAD_FILE or UNSUPPORTED before any weight is read when the folder cannot work.
 */
export async function loadModel(options: LoadModelOptions): Promise<CausalLM> {
  const { folder, backend, weights: format = 'f32' } = options;
  requireFormat(backend, format);
  const config = await readModelConfig(folder);
  const checkpoint = await openCheckpoint(folder);
  const loaded = new Map<string, Weight>();
  try {
    const specs = parameterSpecs(config);
    for (const spec of specs) await checkShape(checkpoint, spec, folder.name);
    for (const spec of specs) {
      const quantised = await readBnbWeight(checkpoint, spec.name);
      const weight =
        quantised !== undefined && format.startsWith('nf4')
          ? uploadNf4(backend, quantised.shape, quantised.data)
          : await placeDense({ checkpoint, backend, spec, quantised, format });
      loaded.set(spec.name, weight);
      options.onProgress?.(loaded.size, specs.length);
    }
    return assembleModel({ config, backend, weights: loaded });
  } catch (error) {
    for (const weight of loaded.values()) weight.dispose();
    throw error;
  } finally {
    await checkpoint.close();
  }
}

/** The settings of a model from its `config.json`. Throws BezoarError NOT_FOUND, BAD_FILE or UNSUPPORTED. */
export async function readModelConfig(folder: FolderSource): Promise<ModelConfig> {
  return parseModelConfig(await readJson(folder, 'config.json'), `${folder.name}/config.json`);
}

interface PlaceDenseOptions extends Pick<PlaceOptions, 'backend' | 'spec' | 'format'> {
  readonly checkpoint: Checkpoint;
  readonly quantised: BnbWeight | undefined;
}

async function placeDense({ checkpoint, quantised, ...options }: PlaceDenseOptions): Promise<Weight> {
  const { backend, spec } = options;
  const values =
    quantised === undefined ? await checkpoint.readF32(spec.name) : dequantizeNf4(quantised.data);
  return placeWeight({
    ...options,
    dtype: quantised === undefined ? checkpoint.info(spec.name).dtype : 'F32',
    dense: (dtype) =>
      dtype === 'bf16'
        ? backend.upload('bf16', spec.shape, f32ToBf16(values))
        : backend.upload('f32', spec.shape, values),
  });
}

function requireFormat(backend: Backend, format: WeightFormat): void {
  const needed = format === 'nf4-dq' ? 'nf4' : format;
  if (!backend.capabilities.weightFormats.has(needed)) {
    throw new BezoarError(
      'UNSUPPORTED',
      `The backend (${backend.capabilities.description}) has no ${needed} weights.`,
      {
        advice: `It has: ${[...backend.capabilities.weightFormats].join(', ')}.`,
      },
    );
  }
}

/** Throws BezoarError BAD_FILE when the checkpoint lacks the parameter, or has it in another shape. */
export async function checkShape(checkpoint: Checkpoint, spec: ParameterSpec, folder: string): Promise<void> {
  if (!checkpoint.has(spec.name)) {
    throw new BezoarError('BAD_FILE', `${folder}: the checkpoint has no tensor ${spec.name}.`, {
      advice: 'Check that config.json belongs to these weights.',
    });
  }
  const { shape } = (await readBnbShape(checkpoint, spec.name)) ?? checkpoint.info(spec.name);
  if (shape.length !== spec.shape.length || shape.some((size, i) => size !== spec.shape[i])) {
    throw new BezoarError(
      'BAD_FILE',
      `${folder}: ${spec.name} has shape [${shape.join(', ')}], config.json asks for [${spec.shape.join(', ')}].`,
    );
  }
}
