import type { AdapterSettings, ModulePattern, ModuleSelector } from './adapter-settings.ts';
import { endOfName, layerNumber, wholeName } from './module-regex.ts';

type Selection = Pick<
  AdapterSettings,
  'targetModules' | 'excludeModules' | 'layersToTransform' | 'layersPattern' | 'modulesToSave'
>;

/**
 * Whether an adapter with these settings adapts the linear layer of this name, by PEFT's rules. `all-linear` selects every
 * name: ask only for linear layers other than the output layer.
 */
export function selectsModule(settings: Selection, name: string): boolean {
  const { targetModules, excludeModules, modulesToSave = [] } = settings;
  if (excludeModules !== undefined && matchesSelector(excludeModules, name, 'exclude_modules')) return false;
  if (modulesToSave.some((each) => `.${name}.`.includes(`.${each}.`))) return false;
  if (typeof targetModules === 'string')
    return isAllLinear(targetModules) || matchesSelector(targetModules, name, 'target_modules');
  // A whole name is taken whatever layer it is in.
  if (targetModules.includes(name)) return true;
  return matchesSelector(targetModules, name, 'target_modules') && isInLayers(settings, name);
}

/** PEFT's `all-linear`: every linear layer but the output layer. */
export function isAllLinear(targetModules: ModuleSelector): boolean {
  return typeof targetModules === 'string' && targetModules.toLowerCase() === 'all-linear';
}

/** A list matches a name that is in it or ends in `.` + one of it; a string is an expression over the whole name. */
export function matchesSelector(selector: ModuleSelector, name: string, setting: string): boolean {
  if (typeof selector === 'string') return wholeName(selector, setting).test(name);
  return selector.some((each) => name === each || name.endsWith(`.${each}`));
}

/** Whether a module is trained in full: its name ends in one of `modules_to_save`, also in the middle of a word. */
export function savesModule(
  { modulesToSave = [] }: Pick<AdapterSettings, 'modulesToSave'>,
  name: string,
): boolean {
  return modulesToSave.some((each) => name.endsWith(each));
}

function isInLayers({ layersToTransform, layersPattern }: Selection, name: string): boolean {
  if (layersToTransform === undefined || layersToTransform.length === 0) return true;
  const index = layerIndex(name, layersPattern);
  return index !== undefined && layersToTransform.includes(index);
}

/** The number of the layer that a module is in: of `model.layers.3.self_attn.q_proj`, 3. */
function layerIndex(name: string, patterns: readonly string[] | undefined): number | undefined {
  const expressions =
    patterns === undefined || patterns.length === 0
      ? [/^.*?\.[^.]*\.(\d+)\./]
      : patterns.map((pattern) => layerNumber(pattern, 'layers_pattern'));
  for (const expression of expressions) {
    const number = expression.exec(name)?.at(-1);
    if (number !== undefined) return Number(number);
  }
  return undefined;
}

/** The number that a pattern gives a module, or the general one. */
export function patternValue(
  pattern: ModulePattern | undefined,
  name: string,
  general: { readonly value: number; readonly setting: string },
): number {
  const key = Object.keys(pattern ?? {}).find((each) => endOfName(each, general.setting).test(name));
  return key === undefined ? general.value : pattern![key]!;
}

/** The rank of a module's matrices. */
export function moduleRank(
  { r, rankPattern }: Pick<AdapterSettings, 'r' | 'rankPattern'>,
  name: string,
): number {
  return patternValue(rankPattern, name, { value: r, setting: 'rank_pattern' });
}

/** What a module's update is multiplied by: α/r, or α/√r with rsLoRA, of its own α and r. */
export function moduleScale(
  settings: Pick<AdapterSettings, 'r' | 'rankPattern' | 'loraAlpha' | 'alphaPattern' | 'useRslora'>,
  name: string,
): number {
  const { loraAlpha, alphaPattern, useRslora } = settings;
  const rank = moduleRank(settings, name);
  const alpha = patternValue(alphaPattern, name, { value: loraAlpha, setting: 'alpha_pattern' });
  return useRslora ? alpha / Math.sqrt(rank) : alpha / rank;
}
