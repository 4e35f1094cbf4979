import { BezoarError, parseOrThrow } from '@bezoar/core';
import type { FolderSource } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { isHubReference, openHubModel } from '@bezoar/hub';
import { join, resolve } from 'node:path';
import { forecastRecipe } from '../../forecast/forecast-recipe.ts';
import { forecastText } from '../../forecast/forecast-text.ts';
import { adapterConfig } from '../../plan/adapter-config.ts';
import { freeMemory, freeOf, type FreeMemory } from '../../plan/free-memory.ts';
import { openDryRun } from '../../plan/open-dry-run.ts';
import { planStage } from '../../plan/plan-stage.ts';
import { planText } from '../../plan/plan-text.ts';
import { loadRecipe } from '../../recipe/load-recipe.ts';
import type { BackendChoice, DpoStage, Recipe, SftStage } from '../../recipe/recipe.ts';
import { recipeSchema } from '../../recipe/schema.ts';
import { definite } from '../../stages/definite.ts';
import { assumptionArgs, assumptionSettings, positive } from '../assumption-args.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings, sftArgs, trainingArgs, trainingSettingsOf } from '../common-args.ts';
import { inputPath } from '../input-path.ts';
import type { CliIo } from '../io.ts';
import { loraArgs } from '../lora-args.ts';

export const plan: CliCommand = cliCommand({
  name: 'plan',
  description:
    'Say what a recipe will do, take and cost before anything starts; or what one training takes of the memory.',
  example: 'bezoar plan recipes/openbezoar.yaml --keep 0.7',
  args: {
    recipe: {
      type: 'positional',
      description: 'a recipe: rows, calls, tokens, dollars, steps, hours and memory of its stages',
      required: false,
    },
    'run-dir': {
      type: 'string',
      description: 'of the run, which may have begun; runs/NAME by default',
      valueHint: 'DIR',
    },
    json: { type: 'boolean', description: 'for programs' },
    offline: { type: 'boolean', description: 'ask the Hub for nothing, not even for a config' },
    'tokens-per-second': {
      type: 'string',
      description: 'of a training; by default a product of matrices is timed for a fifth of a second',
      valueHint: 'N',
    },
    ...assumptionArgs,
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
    const free = (backend: BackendChoice): Promise<FreeMemory | undefined> =>
      total === undefined ? freeMemory(backend) : Promise.resolve(freeOf(total, backend));
    await (args.recipe === undefined
      ? planTraining(args, { io, free })
      : planRecipe(args.recipe, args, { io, free }));
  },
});

type Args = Readonly<Record<string, unknown>>;

interface Scope {
  readonly io: CliIo;
  /** Undefined where nobody knows it. */
  readonly free: (backend: BackendChoice) => Promise<FreeMemory | undefined>;
}

/** Throws BezoarError CHECK_FAILED when memory or budget will not do as things are expected. */
async function planRecipe(path: string, args: Args, { io, free }: Scope): Promise<void> {
  const { recipe, resolve: resolveInput } = await loadRecipe(path);
  const forecast = await forecastRecipe({
    recipe,
    resolve: resolveInput,
    runDir: resolve((args['run-dir'] as string | undefined) ?? join('runs', recipe.name)),
    env: io.env,
    offline: args['offline'] === true,
    assume: assumptionSettings(args),
    tokensPerSecond: positive('tokens-per-second', args),
    free: await free(recipe.backend),
  });
  io.stdout.write(
    args['json'] === true ? `${JSON.stringify(forecast, undefined, 2)}\n` : forecastText(forecast),
  );
  const problems = [
    ...(forecast.memory?.fits === false ? ['Not everything fits into the memory.'] : []),
    ...(forecast.money.suffices?.expected === false ? ['The budget will not do.'] : []),
  ];
  if (problems.length > 0)
    throw new BezoarError('CHECK_FAILED', problems.join(' '), { advice: 'See above.' });
}

/** The memory of one training that flags describe. Throws BezoarError CHECK_FAILED when it does not fit. */
async function planTraining(args: Args, { io, free }: Scope): Promise<void> {
  const recipe = flagsAsRecipe(args);
  const { backend } = recipe;
  const [name, stage] = Object.entries(recipe.stages)[0] as [string, SftStage | DpoStage];
  const open = (reference: string): Promise<FolderSource> => openModelFolder(reference, io);
  const planned = await planStage({
    stage,
    recipe,
    folder: await open(recipe.base!),
    open: await openDryRun(backend),
    free: await free(backend),
    adapter: await adapterConfig(stage.from, recipe, open),
  });
  io.stdout.write(`${planText(name, planned)}\n`);
  if (!planned.fits) throw new BezoarError('CHECK_FAILED', 'It does not fit.', { advice: 'See above.' });
}

function flagsAsRecipe(args: Args): Recipe {
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
  return parseOrThrow(
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
}

/** On the Hub, only what is read is fetched. */
async function openModelFolder(reference: string, { env }: CliIo): Promise<FolderSource> {
  return isHubReference(reference) ? (await openHubModel(reference, { env })).folder : openFolder(reference);
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
