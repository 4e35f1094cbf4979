import { BezoarError, parseOrThrow } from '@bezoar/core';
import { z } from 'zod';
import type { FolderSink, FolderSource } from '../file-source.ts';
import { readJson, writeJson } from '../json-file.ts';
import { openSafetensors } from '../safetensors/open-safetensors.ts';
import { writeSafetensors, type TensorSource } from '../safetensors/write-safetensors.ts';

export interface AdapterFolderConfig {
  readonly r: number;
  readonly loraAlpha: number;
  readonly loraDropout: number;
  readonly targetModules: readonly string[];
  readonly useRslora: boolean;
  readonly baseModelNameOrPath: string | undefined;
}

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

const empty = z
  .union([
    z.null(),
    z.array(z.unknown()).length(0),
    z.record(z.string(), z.unknown()).refine((map) => Object.keys(map).length === 0),
  ])
  .optional();

/** Lenient on keys that this project does not know; those that would change the result are refused below. */
const configSchema = z.looseObject({
  peft_type: z.string(),
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().min(0).max(1).default(0),
  target_modules: z.union([z.array(z.string()).min(1), z.string()]),
  base_model_name_or_path: z.string().nullish(),
  use_rslora: z.boolean().default(false),
});

/** What an adapter may have that this reader does not apply: values other than these are refused by name. */
const neutral: Readonly<Record<string, z.ZodType>> = {
  peft_type: z.literal('LORA'),
  bias: z.literal('none').nullish(),
  use_dora: z.literal(false).nullish(),
  fan_in_fan_out: z.literal(false).nullish(),
  lora_bias: z.literal(false).nullish(),
  modules_to_save: empty,
  rank_pattern: empty,
  alpha_pattern: empty,
  layers_to_transform: empty,
  layer_replication: empty,
  target_parameters: empty,
  trainable_token_indices: empty,
};

/** Throws BezoarError NOT_FOUND, BAD_FILE, or UNSUPPORTED naming the setting that would be ignored. */
export async function readAdapterFolder(folder: FolderSource): Promise<AdapterFolder> {
  const raw = parseOrThrow(configSchema, await readJson(folder, configFile), {
    what: `${folder.name}/${configFile}`,
    code: 'BAD_FILE',
  });
  for (const [key, schema] of Object.entries(neutral)) {
    if (schema.safeParse(raw[key]).success) continue;
    throw new BezoarError(
      'UNSUPPORTED',
      `${folder.name}/${configFile}: ${key} is ${JSON.stringify(raw[key])}, which is not supported.`,
      { advice: 'Train the adapter as plain LoRA, or merge it into its base model and load that.' },
    );
  }
  if (!(await folder.exists(weightsFile))) {
    throw new BezoarError('NOT_FOUND', `${folder.name} has no ${weightsFile}.`, {
      advice: 'Adapters stored as .bin must be saved again as safetensors.',
    });
  }
  const modules = await readModules(folder);
  for (const [name, { a, b }] of modules) {
    if (a.shape.length === 2 && b.shape.length === 2 && a.shape[0] === raw.r && b.shape[1] === raw.r)
      continue;
    throw new BezoarError(
      'BAD_FILE',
      `${folder.name}: ${name} has matrices of [${a.shape.join(', ')}] and [${b.shape.join(', ')}]; r is ${raw.r}.`,
      { advice: `Check that ${configFile} and ${weightsFile} belong together.` },
    );
  }
  const targets = Array.isArray(raw.target_modules) ? raw.target_modules : suffixesOf(modules.keys());
  return {
    config: {
      r: raw.r,
      loraAlpha: raw.lora_alpha,
      loraDropout: raw.lora_dropout,
      targetModules: targets,
      useRslora: raw.use_rslora,
      baseModelNameOrPath: raw.base_model_name_or_path ?? undefined,
    },
    modules,
  };
}

/**
 * Writes the settings that PEFT has known since 2023, so that old versions load the folder as well, and fp32 matrices.
 */
export async function writeAdapterFolder(
  sink: FolderSink,
  { config, modules }: AdapterFolder,
): Promise<void> {
  const tensors = [...modules].flatMap(([name, { a, b }]): TensorSource[] => [
    { name: `${prefix}${name}.lora_A.weight`, dtype: 'F32', shape: a.shape, data: () => bytesOf(a.data) },
    { name: `${prefix}${name}.lora_B.weight`, dtype: 'F32', shape: b.shape, data: () => bytesOf(b.data) },
  ]);
  await writeSafetensors(sink, weightsFile, { tensors, metadata: { format: 'pt' } });
  const settings: Record<string, unknown> = {
    base_model_name_or_path: config.baseModelNameOrPath ?? null,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: config.loraAlpha,
    lora_dropout: config.loraDropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: config.r,
    target_modules: config.targetModules,
    task_type: 'CAUSAL_LM',
    ...(config.useRslora ? { use_rslora: true } : {}),
  };
  await writeJson(sink, configFile, settings);
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

/** When the targets are a pattern, the weights say which modules it selected. */
function suffixesOf(names: Iterable<string>): string[] {
  return [...new Set(Array.from(names, (name) => name.slice(name.lastIndexOf('.') + 1)))];
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
