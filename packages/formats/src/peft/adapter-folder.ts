import { BezoarError } from '@bezoar/core';
import type { FolderSink, FolderSource } from '../file-source.ts';
import { readJson, writeJson } from '../json-file.ts';
import { openSafetensors } from '../safetensors/open-safetensors.ts';
import { writeSafetensors, type TensorSource } from '../safetensors/write-safetensors.ts';
import type { AdapterFolderConfig } from './adapter-settings.ts';
import { parseAdapterConfig } from './parse-adapter-config.ts';
import { moduleRank } from './select-modules.ts';
import { serializeAdapterConfig } from './serialize-adapter-config.ts';

export interface AdapterMatrix {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** A PEFT LoRA adapter: settings and matrices by layer name (`model.layers.0.self_attn.q_proj`). */
export interface AdapterFolder {
  readonly config: AdapterFolderConfig;
  /** a: [r, in]; b: [out, r]. */
  readonly modules: ReadonlyMap<string, { readonly a: AdapterMatrix; readonly b: AdapterMatrix }>;
}

const configFile = 'adapter_config.json';
const weightsFile = 'adapter_model.safetensors';
const prefix = 'base_model.model.';

/** Throws BezoarError NOT_FOUND, BAD_FILE, or UNSUPPORTED naming the setting that would be ignored. */
export async function readAdapterFolder(folder: FolderSource): Promise<AdapterFolder> {
  const config = parseAdapterConfig(await readJson(folder, configFile), `${folder.name}/${configFile}`);
  if (!(await folder.exists(weightsFile))) {
    throw new BezoarError('NOT_FOUND', `${folder.name} has no ${weightsFile}.`, {
      advice: 'Adapters stored as .bin must be saved again as safetensors.',
    });
  }
  const modules = await readModules(folder);
  for (const [name, { a, b }] of modules) {
    const rank = moduleRank(config, name);
    if (a.shape.length === 2 && b.shape.length === 2 && a.shape[0] === rank && b.shape[1] === rank) continue;
    throw new BezoarError(
      'BAD_FILE',
      `${folder.name}: ${name} has matrices of [${a.shape.join(', ')}] and [${b.shape.join(', ')}]; its r is ${rank}.`,
      { advice: `Check that ${configFile} and ${weightsFile} belong together.` },
    );
  }
  return { config, modules };
}

/** Writes the folder that PEFT's `from_pretrained` loads: its settings and fp32 matrices. */
export async function writeAdapterFolder(
  sink: FolderSink,
  { config, modules }: AdapterFolder,
): Promise<void> {
  const tensors = [...modules].flatMap(([name, { a, b }]): TensorSource[] => [
    { name: `${prefix}${name}.lora_A.weight`, dtype: 'F32', shape: a.shape, data: () => bytesOf(a.data) },
    { name: `${prefix}${name}.lora_B.weight`, dtype: 'F32', shape: b.shape, data: () => bytesOf(b.data) },
  ]);
  await writeSafetensors(sink, weightsFile, { tensors, metadata: { format: 'pt' } });
  await writeJson(sink, configFile, serializeAdapterConfig(config));
}

async function readModules(
  folder: FolderSource,
): Promise<Map<string, { a: AdapterMatrix; b: AdapterMatrix }>> {
  const file = await openSafetensors(await folder.open(weightsFile));
  try {
    const parts = new Map<string, { a?: AdapterMatrix; b?: AdapterMatrix }>();
    for (const tensor of file.names) {
      const match = /^base_model\.model\.(.+)\.lora_([AB])(?:\.default)?\.weight$/.exec(tensor);
      if (match === null)
        throw new BezoarError(
          'UNSUPPORTED',
          `${folder.name}/${weightsFile}: ${tensor} is not a plain LoRA matrix.`,
        );
      const [, name = '', side] = match;
      const matrix = { shape: file.info(tensor).shape, data: await file.readF32(tensor) };
      parts.set(name, { ...parts.get(name), [side === 'A' ? 'a' : 'b']: matrix });
    }
    return new Map(
      [...parts].map(([name, { a, b }]) => {
        if (a === undefined || b === undefined)
          throw new BezoarError(
            'BAD_FILE',
            `${folder.name}/${weightsFile}: ${name} has only one of its two matrices.`,
          );
        return [name, { a, b }];
      }),
    );
  } finally {
    await file.close();
  }
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
