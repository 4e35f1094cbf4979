import { BezoarError } from '@bezoar/core';
import type { FolderSink, FolderSource } from '../file-source.ts';
import { readJson, writeJson } from '../json-file.ts';
import { writeSafetensors, type TensorSource } from '../safetensors/write-safetensors.ts';
import type { AdapterFolderConfig } from './adapter-settings.ts';
import { parseAdapterConfig } from './parse-adapter-config.ts';
import { adapterPrefix, adapterWeightsFile, readAdapterWeights } from './read-adapter-weights.ts';
import { moduleRank } from './select-modules.ts';
import { serializeAdapterConfig } from './serialize-adapter-config.ts';

export interface AdapterMatrix {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

export interface AdapterModule {
  /** [r, in] */
  readonly a: AdapterMatrix;
  /** [out, r] */
  readonly b: AdapterMatrix;
  /** [out], the lengths of the rows, with DoRA. */
  readonly magnitude?: AdapterMatrix;
}

/** A PEFT LoRA adapter: settings, and matrices by layer name (`model.layers.0.self_attn.q_proj`). */
export interface AdapterFolder {
  readonly config: AdapterFolderConfig;
  readonly modules: ReadonlyMap<string, AdapterModule>;
  /** Weights of the modules that were trained in full, by checkpoint name (`lm_head.weight`). */
  readonly saved: ReadonlyMap<string, AdapterMatrix>;
}

const configFile = 'adapter_config.json';

/** Throws BezoarError NOT_FOUND, BAD_FILE, or UNSUPPORTED naming the setting that would be ignored. */
export async function readAdapterFolder(folder: FolderSource): Promise<AdapterFolder> {
  const config = parseAdapterConfig(await readJson(folder, configFile), `${folder.name}/${configFile}`);
  const { modules, saved } = await readAdapterWeights(folder, config);
  for (const [name, { a, b }] of modules) {
    const rank = moduleRank(config, name);
    if (a.shape.length === 2 && b.shape.length === 2 && a.shape[0] === rank && b.shape[1] === rank) continue;
    throw new BezoarError(
      'BAD_FILE',
      `${folder.name}: ${name} has matrices of [${a.shape.join(', ')}] and [${b.shape.join(', ')}]; its r is ${rank}.`,
      { advice: `Check that ${configFile} and the weights belong together.` },
    );
  }
  return { config, modules, saved };
}

/** Writes the folder that PEFT's `from_pretrained` loads: its settings and fp32 matrices. */
export async function writeAdapterFolder(
  sink: FolderSink,
  { config, modules, saved }: AdapterFolder,
): Promise<void> {
  const tensors = new Map<string, AdapterMatrix>();
  for (const [name, { a, b, magnitude }] of modules) {
    tensors.set(`${name}.lora_A.weight`, a);
    tensors.set(`${name}.lora_B.weight`, b);
    if (magnitude !== undefined) tensors.set(`${name}.lora_magnitude_vector`, magnitude);
  }
  for (const [name, matrix] of saved) tensors.set(name, matrix);
  const sources = Array.from(tensors, ([name, { shape, data }]): TensorSource => ({
    name: `${adapterPrefix}${name}`,
    dtype: 'F32',
    shape,
    data: () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  await writeSafetensors(sink, adapterWeightsFile, { tensors: sources, metadata: { format: 'pt' } });
  await writeJson(sink, configFile, serializeAdapterConfig(config));
}
