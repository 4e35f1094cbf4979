import { BezoarError } from '@bezoar/core';
import type { ModulePattern, ModuleSelector } from '@bezoar/formats';
import { listFlag, numberFlag } from './flags.ts';

/** Flags of a fresh adapter; their defaults are the recipe's. */
export const loraArgs = {
  'lora-r': { type: 'string', description: 'rank of a fresh adapter; 16 by default', valueHint: 'N' },
  'lora-alpha': { type: 'string', description: 'its scale is alpha / rank; 16 by default', valueHint: 'N' },
  'lora-dropout': {
    type: 'string',
    description: "dropout of the adapter's input; 0.05 by default",
    valueHint: 'P',
  },
  'target-modules': {
    type: 'string',
    description:
      'layers with an adapter, with commas; all-linear; or /expression/. q_proj,k_proj,v_proj by default',
    valueHint: 'LIST',
  },
  'exclude-modules': {
    type: 'string',
    description: 'layers without one, with commas, or /expression/',
    valueHint: 'LIST',
  },
  'layers-to-transform': {
    type: 'string',
    description: 'numbers of decoder layers, with commas',
    valueHint: 'LIST',
  },
  'rank-pattern': { type: 'string', description: 'other ranks: q_proj=8,down_proj=32', valueHint: 'LIST' },
  'alpha-pattern': { type: 'string', description: 'other alphas, likewise', valueHint: 'LIST' },
  'modules-to-save': {
    type: 'string',
    description: 'modules trained in full beside the adapter, with commas: lm_head,embed_tokens,norm',
    valueHint: 'LIST',
  },
  rslora: { type: 'boolean', description: 'scale by alpha / √rank' },
  dora: { type: 'boolean', description: 'train the length of every row apart from its direction (DoRA)' },
} as const;

type Values = Readonly<Record<string, unknown>>;

/** The recipe's `lora`. Throws BezoarError BAD_CONFIG. */
export function loraSettings(args: Values): Record<string, unknown> {
  const text = (name: string): string | undefined =>
    typeof args[name] === 'string' ? args[name] : undefined;
  return {
    r: numberFlag('lora-r', text('lora-r')),
    loraAlpha: numberFlag('lora-alpha', text('lora-alpha')),
    loraDropout: numberFlag('lora-dropout', text('lora-dropout')),
    targetModules: selector(text('target-modules')),
    excludeModules: selector(text('exclude-modules')),
    layersToTransform: listFlag(text('layers-to-transform'))?.map((each) =>
      numberFlag('layers-to-transform', each),
    ),
    rankPattern: pattern('rank-pattern', text('rank-pattern')),
    alphaPattern: pattern('alpha-pattern', text('alpha-pattern')),
    modulesToSave: listFlag(text('modules-to-save')),
    useRslora: args['rslora'] === true ? true : undefined,
    useDora: args['dora'] === true ? true : undefined,
  };
}

/** Flags of a fresh adapter are refused where there will be none. Throws BezoarError BAD_CONFIG. */
export function refuseLoraArgs(
  args: Values,
  why: { readonly message: string; readonly advice: string },
): void {
  const given = Object.keys(loraArgs).find((name) => args[name] !== undefined && args[name] !== false);
  if (given === undefined) return;
  throw new BezoarError('BAD_CONFIG', `--${given} is for a fresh adapter: ${why.message}.`, {
    advice: why.advice,
  });
}

/** The settings of an adapter are in its folder: other ones would be ignored. */
export const ownSettings = {
  message: 'the one that --adapter names goes on with its own settings',
  advice: 'Leave it out; or merge that adapter (bezoar merge) and train a fresh one on the result.',
} as const;

/** Names with commas; an expression stands between slashes, as names may hold dots. */
function selector(value: string | undefined): ModuleSelector | undefined {
  if (value?.toLowerCase() === 'all-linear') return value;
  const expression = /^\/(.+)\/$/.exec(value ?? '')?.[1];
  return expression ?? listFlag(value);
}

function pattern(name: string, value: string | undefined): ModulePattern | undefined {
  const entries = listFlag(value)?.map((each): [string, number] => {
    const [, key, number] = /^(.+)=([^=]+)$/.exec(each) ?? [];
    if (key === undefined)
      throw new BezoarError('BAD_CONFIG', `--${name} has "${each}"; name=number is needed.`, {
        advice: `For example --${name} q_proj=8,down_proj=32.`,
      });
    return [key, numberFlag(name, number)!];
  });
  return entries && Object.fromEntries(entries);
}
