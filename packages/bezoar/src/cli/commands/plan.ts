import { BezoarError, parseOrThrow } from '@bezoar/core';
import { readAdapterFolder, type FolderSource } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { isHubReference, openHubModel } from '@bezoar/hub';
import type { LoraConfig } from '@bezoar/model';
import { freeMemory, freeOf } from '../../plan/free-memory.ts';
import { openDryRun } from '../../plan/open-dry-run.ts';
import { planStage } from '../../plan/plan-stage.ts';
import { planText } from '../../plan/plan-text.ts';
import { hasAdapter } from '../../recipe/has-adapter.ts';
import { loadRecipe } from '../../recipe/load-recipe.ts';
import type { Recipe, Stage } from '../../recipe/recipe.ts';
import { recipeSchema } from '../../recipe/schema.ts';
import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings, sftArgs, trainingArgs, trainingSettingsOf } from '../common-args.ts';
import { inputPath } from '../input-path.ts';
import type { CliIo } from '../io.ts';
import { loraArgs } from '../lora-args.ts';

export const plan: CliCommand = cliCommand({
  name: 'plan',
  description: 'Say what trainings will take of the memory, before anything is loaded: will it fit?',
  example:
    'bezoar plan --model ./open_llama_3b_v2 --backend cuda --memory 24GB --batch-size 8 --max-length 1024',
  args: {
    recipe: { type: 'positional', description: 'a recipe: all of its trainings', required: false },
    model: {
      type: 'string',
      description: 'without a recipe: Hugging Face model folder; config.json is enough',
      valueHint: 'DIR',
    },
    adapter: { type: 'string', description: 'PEFT folder to go on with', valueHint: 'DIR' },
    memory: {
      type: 'string',
      description: 'of the device: 24GB; what is free here by default',
      valueHint: 'SIZE',
    },
    method: { type: 'string', description: 'lora (the default), or full', valueHint: 'NAME' },
    loss: {
      type: 'string',
      description: 'plans bezoar dpo with this loss, not bezoar sft',
      valueHint: 'NAME',
    },
    reference: { type: 'string', description: 'dpo: another model to compare with', valueHint: 'DIR' },
    'precompute-reference': { type: 'boolean', description: 'dpo: its numbers are computed before' },
    ...loraArgs,
    ...trainingArgs,
    ...sftArgs,
    ...computeArgs,
  },
  async run(args, io) {
    const total = args.memory === undefined ? undefined : parseSize(args.memory);
    const { recipe, resolve } =
      args.recipe === undefined ? flagsAsRecipe(args) : await loadRecipe(args.recipe);
    const { backend } = recipe;
    const trainings = Object.entries(recipe.stages).filter(isTraining);
    if (trainings.length === 0)
      throw new BezoarError('BAD_CONFIG', `${recipe.name} has no training.`, {
        advice: 'Only sft and dpo stages are planned.',
      });
    if (recipe.base === undefined) throw new BezoarError('BAD_CONFIG', 'A plan needs a base model.');
    const open = await openDryRun(backend);
    const free = total === undefined ? await freeMemory(backend) : freeOf(total, backend);
    const folder = await openModelFolder(recipe.base, resolve, io);
    let fitting = true;
    for (const [name, stage] of trainings) {
      const adapter = await adapterOf(stage.from, { recipe, resolve, io });
      const planned = await planStage({ stage, recipe, folder, open, free, adapter });
      io.stdout.write(`${planText(name, planned)}\n`);
      fitting &&= planned.fits;
    }
    if (!fitting) throw new BezoarError('CHECK_FAILED', 'Not everything fits.', { advice: 'See above.' });
  },
});

type Training = Extract<Stage, { readonly kind: 'sft' | 'dpo' }>;

function isTraining(entry: [string, Stage]): entry is [string, Training] {
  return entry[1].kind === 'sft' || entry[1].kind === 'dpo';
}

type Args = Readonly<Record<string, unknown>>;

function flagsAsRecipe(args: Args): { recipe: Recipe; resolve: (path: string) => string } {
  if (typeof args['model'] !== 'string')
    throw new BezoarError('BAD_CONFIG', 'bezoar plan needs a recipe, or --model.', {
      advice: 'See bezoar plan --help.',
      data: { usage: true },
    });
  const { loss, reference, method, adapter } = args as Readonly<Record<string, string | undefined>>;
  const isDpo = loss !== undefined || reference !== undefined || args['precompute-reference'] === true;
  const stage = isDpo
    ? {
        kind: 'dpo',
        from: 'base',
        preferences: 'none.jsonl',
        loss,
        reference: reference === undefined ? undefined : inputPath(reference),
        precomputeReference: args['precompute-reference'] === true ? true : undefined,
      }
    : { kind: 'sft', from: 'base', rows: 'none.jsonl', method };
  const recipe = parseOrThrow(
    recipeSchema,
    {
      name: 'plan',
      base: inputPath(args['model']),
      ...(adapter === undefined ? {} : { adapter: inputPath(adapter) }),
      ...computeSettings(args),
      ...trainingSettingsOf(args),
      stages: { [isDpo ? 'dpo' : 'sft']: definite(stage) },
    },
    { what: 'bezoar plan', advice: 'See bezoar plan --help.' },
  );
  return { recipe, resolve: (path) => path };
}

interface Place {
  readonly recipe: Recipe;
  readonly resolve: (path: string) => string;
  readonly io: CliIo;
}

/** The settings of an adapter that was there before the recipe; those that its stages make have the recipe's own. */
async function adapterOf(from: string, { recipe, resolve, io }: Place): Promise<LoraConfig | undefined> {
  if (recipe.adapter === undefined || !hasAdapter(from, recipe)) return undefined;
  return (await readAdapterFolder(await openModelFolder(recipe.adapter, resolve, io))).config;
}

/** On the Hub, only what is read is fetched. */
async function openModelFolder(
  reference: string,
  resolve: (path: string) => string,
  { env }: CliIo,
): Promise<FolderSource> {
  if (isHubReference(reference)) return (await openHubModel(reference, { env })).folder;
  return openFolder(resolve(reference));
}

const units: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 };

/** 24GB, 16 GiB. Throws BezoarError BAD_CONFIG. */
function parseSize(text: string): number {
  const [, number, unit = ''] = /^\s*([\d.]+)\s*(\w+)\s*$/.exec(text) ?? [];
  const size = Number(number) * (units[unit] ?? NaN);
  if (size > 0) return size;
  throw new BezoarError('BAD_CONFIG', `--memory is "${text}"; a size is needed.`, {
    advice: 'For example --memory 24GB; MB, GB, MiB and GiB are known.',
  });
}
