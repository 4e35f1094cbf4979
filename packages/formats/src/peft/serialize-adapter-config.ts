import type { AdapterFolderConfig, ModulePattern } from './adapter-settings.ts';

/**
 * `adapter_config.json` as PEFT writes it, keys sorted. Beside the settings that PEFT has known since 2023 only those that
 * are in use: old versions fail on a key that they do not know.
 */
export function serializeAdapterConfig(config: AdapterFolderConfig): Record<string, unknown> {
  const settings: Record<string, unknown> = {
    base_model_name_or_path: config.baseModelNameOrPath ?? null,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: config.loraAlpha,
    lora_dropout: config.loraDropout,
    modules_to_save: config.modulesToSave ?? null,
    peft_type: 'LORA',
    r: config.r,
    target_modules: config.targetModules,
    task_type: 'CAUSAL_LM',
    ...used('exclude_modules', config.excludeModules),
    ...used('layers_to_transform', config.layersToTransform),
    ...used('layers_pattern', config.layersPattern),
    ...used('rank_pattern', config.rankPattern),
    ...used('alpha_pattern', config.alphaPattern),
    ...(config.useRslora ? { use_rslora: true } : {}),
    ...(config.useDora === true ? { use_dora: true } : {}),
  };
  return Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function used(
  key: string,
  value: string | readonly unknown[] | ModulePattern | undefined,
): Readonly<Record<string, unknown>> {
  return value === undefined || Object.keys(value).length === 0 ? {} : { [key]: value };
}
