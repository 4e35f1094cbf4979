import { BezoarError, parseOrThrow } from '@bezoar/core';
import { z } from 'zod';
import type { AdapterFolderConfig } from './adapter-settings.ts';

const count = z.number().int().positive();
const names = z.array(z.string());

/** One or several, or none, as a list. */
const listOf = <Item>(item: z.ZodType<Item>): z.ZodType<readonly Item[] | undefined> =>
  z.union([z.array(item), item.transform((each) => [each]), z.null().transform(() => undefined)]).optional();

/** Lenient on keys that this project does not know; those that would change the result are refused below. */
const configSchema = z.looseObject({
  peft_type: z.string(),
  r: count,
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().min(0).max(1).default(0),
  target_modules: z.union([names.min(1), z.string()]),
  exclude_modules: z.union([names, z.string()]).nullish(),
  layers_to_transform: listOf(z.number().int().min(0)),
  layers_pattern: listOf(z.string()),
  modules_to_save: names.nullish(),
  rank_pattern: z.record(z.string(), count).nullish(),
  alpha_pattern: z.record(z.string(), z.number().positive()).nullish(),
  base_model_name_or_path: z.string().nullish(),
  use_rslora: z.boolean().default(false),
  use_dora: z.boolean().nullish(),
});

const empty = z
  .union([
    z.null(),
    z.array(z.unknown()).length(0),
    z.record(z.string(), z.unknown()).refine((map) => Object.keys(map).length === 0),
  ])
  .optional();
const off = z.literal(false).nullish();

/** What an adapter may have that this reader does not apply: values other than these are refused by name. */
const neutral: Readonly<Record<string, z.ZodType>> = {
  peft_type: z.literal('LORA'),
  bias: z.literal('none').nullish(),
  // Other ways to begin with (PiSSA, OLoRA, CorDA, LoftQ) change the base model's own weights.
  init_lora_weights: z.union([z.boolean(), z.enum(['gaussian', 'eva', 'orthogonal'])]).nullish(),
  fan_in_fan_out: off,
  lora_bias: off,
  layer_replication: empty,
  target_parameters: empty,
  trainable_token_indices: empty,
  alora_invocation_tokens: empty,
};

/** Settings that only say how an adapter began. */
const harmless = new Set([
  'loftq_config',
  'eva_config',
  'corda_config',
  'lora_ga_config',
  'megatron_config',
  'runtime_config',
]);

/**
 * PEFT's `adapter_config.json`. Variants of LoRA that this project does not know are switched on by `use_…` or by a
 * `…_config`: those are refused too.
 * Throws BezoarError BAD_FILE, or UNSUPPORTED naming the setting that would be ignored.
 */
export function parseAdapterConfig(value: unknown, file: string): AdapterFolderConfig {
  const raw = parseOrThrow(configSchema, value, { what: file, code: 'BAD_FILE' });
  const foreign = Object.keys(raw).find((key) => !isApplied(key, raw[key]));
  if (foreign !== undefined) {
    throw new BezoarError(
      'UNSUPPORTED',
      `${file}: ${foreign} is ${JSON.stringify(raw[foreign])}, which is not supported.`,
      { advice: 'Train the adapter as plain LoRA, or merge it into its base model and load that.' },
    );
  }
  return {
    r: raw.r,
    loraAlpha: raw.lora_alpha,
    loraDropout: raw.lora_dropout,
    targetModules: raw.target_modules,
    ...given('excludeModules', raw.exclude_modules),
    ...given('layersToTransform', raw.layers_to_transform),
    ...given('layersPattern', raw.layers_pattern),
    ...given('rankPattern', raw.rank_pattern),
    ...given('alphaPattern', raw.alpha_pattern),
    ...given('modulesToSave', raw.modules_to_save),
    useRslora: raw.use_rslora,
    ...(raw.use_dora === true ? { useDora: true } : {}),
    baseModelNameOrPath: raw.base_model_name_or_path ?? undefined,
  };
}

function isApplied(key: string, value: unknown): boolean {
  const schema = neutral[key];
  if (schema !== undefined) return schema.safeParse(value).success;
  if (key in configSchema.shape || harmless.has(key)) return true;
  return !/^use_|_config$/.test(key) || off.safeParse(value).success || empty.safeParse(value).success;
}

/** A setting that selects something; empty lists and patterns are as good as none. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { readonly [Key in Name]?: Value } {
  if (value === undefined || value === null || Object.keys(value).length === 0) return {};
  return { [name]: value } as { readonly [Key in Name]?: Value };
}
