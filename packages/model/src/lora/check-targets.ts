import { BezoarError } from '@bezoar/core';
import { isAllLinear, matchesSelector, patternValue, type ModuleSelector } from '@bezoar/formats';
import type { CausalLM } from '../causal-lm.ts';
import { parameterSpecs } from '../parameter-specs.ts';
import type { LoraConfig } from './lora-adapter.ts';
import { linearLayers, linearSuffixes, targetLayers } from './target-layers.ts';

/**
 * Refuses settings of a fresh adapter that select nothing, in whole or in part: a misspelt name would go unnoticed. PEFT
 * refuses only what selects nothing at all.
 * Throws BezoarError BAD_CONFIG, or UNSUPPORTED for what takes no adapter, and names what there is.
 */
export function checkTargets(model: CausalLM, config: LoraConfig): void {
  const { targetModules, excludeModules, layersToTransform, layersPattern } = config;
  const linear = linearLayers(model).map(({ name }) => name);
  const others = otherModules(model);
  if (typeof targetModules === 'string' && (layersToTransform ?? layersPattern) !== undefined) {
    throw new BezoarError(
      'BAD_CONFIG',
      `layers_to_transform works with a list of targets, not with "${targetModules}".`,
      {
        advice: `List them: ${linearSuffixes.join(', ')}.`,
      },
    );
  }
  if (!isAllLinear(targetModules)) {
    for (const part of parts(targetModules)) {
      const other = others.find((name) => matchesSelector(part, name, 'target_modules'));
      if (other !== undefined) throw noAdapterFor(other);
      if (!linear.some((name) => matchesSelector(part, name, 'target_modules')))
        throw selectsNothing(model, 'target_modules', part);
    }
  }
  for (const part of parts(excludeModules ?? [])) {
    if (!linear.some((name) => matchesSelector(part, name, 'exclude_modules')))
      throw selectsNothing(model, 'exclude_modules', part);
  }
  const absent = layersToTransform?.find((index) => index >= model.layers.length);
  if (absent !== undefined) {
    throw new BezoarError('BAD_CONFIG', `layers_to_transform: the model has no layer ${absent}.`, {
      advice: `It has layers 0 to ${model.layers.length - 1}.`,
    });
  }
  const selected = targetLayers(model, config).map(({ name }) => name);
  if (selected.length === 0)
    throw selectsNothing(model, 'target_modules without what is excluded', targetModules);
  checkPatterns(config, selected);
}

/** A key that no adapted layer takes its number from is a mistake: a misspelling, or a more general key stands before it. */
function checkPatterns(config: LoraConfig, selected: readonly string[]): void {
  for (const [setting, pattern] of [
    ['rank_pattern', config.rankPattern],
    ['alpha_pattern', config.alphaPattern],
  ] as const) {
    const keys = Object.keys(pattern ?? {});
    const places = Object.fromEntries(keys.map((key, index) => [key, index]));
    const used = new Set(selected.map((name) => patternValue(places, name, { value: -1, setting })));
    const idle = keys.find((_, index) => !used.has(index));
    if (idle === undefined) continue;
    throw new BezoarError('BAD_CONFIG', `${setting}: no adapted layer takes its number from "${idle}".`, {
      advice: `The first key that matches counts. Adapted are ${sample(selected)}.`,
    });
  }
}

function parts(selector: ModuleSelector): readonly ModuleSelector[] {
  return typeof selector === 'string' ? [selector] : selector.map((each) => [each]);
}

/** Modules with weights that are no linear layer of a decoder layer. */
function otherModules({ config }: CausalLM): string[] {
  const names = parameterSpecs(config)
    .filter(({ role }) => role === 'embedding' || role === 'norm' || role === 'lm-head')
    .map(({ name }) => name.replace(/\.weight$/, ''));
  return config.tieWordEmbeddings ? [...names, 'lm_head'] : names;
}

function noAdapterFor(name: string): BezoarError {
  return new BezoarError('UNSUPPORTED', `target_modules selects ${name}, which takes no adapter here.`, {
    advice: 'Adapters stand beside the linear layers of the decoder layers: all-linear selects those.',
  });
}

function selectsNothing({ layers }: CausalLM, setting: string, value: ModuleSelector): BezoarError {
  const text = typeof value === 'string' ? value : value.join(', ');
  return new BezoarError('BAD_CONFIG', `${setting}: the model has no linear layer "${text}".`, {
    advice: `It has ${linearSuffixes.join(', ')}, in layers 0 to ${layers.length - 1} (model.layers.0.self_attn.q_proj).`,
  });
}

function sample(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')}, …`;
}
