import type { FolderSource } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { isHubReference, openHubModel, type HubOptions } from '@bezoar/hub';
import type { PromptTemplate } from '@bezoar/qlora';
import type { FreeMemory } from '../plan/free-memory.ts';
import type { StagePlan } from '../plan/plan-stage.ts';
import { isFile } from '../recipe/check-references.ts';
import type { Recipe, Stage } from '../recipe/recipe.ts';
import { stageInputs } from '../run/stage-inputs.ts';
import { openTemplate } from '../stages/open-template.ts';
import { createAssumptions, type AssumptionName } from './assumptions.ts';
import { openBaseAtHand, type BaseAtHand } from './base-at-hand.ts';
import { forecastMemory } from './forecast-memory.ts';
import { forecastMoney } from './forecast-money.ts';
import { forecastSpeed } from './forecast-speed.ts';
import type { ForecastScope } from './forecast-scope.ts';
import { stageForecast, totalsOf } from './forecast-stage.ts';
import type { Forecast, MemoryForecast } from './forecast.ts';
import { outlookOf } from './outlook-of.ts';
import { openRowsAtHand, type RowsAtHand } from './rows-at-hand.ts';
import { readRunSoFar, type RunSoFar } from './run-so-far.ts';
import { runScenario } from './run-scenario.ts';
import { scenarios } from './scenario.ts';
import type { Outlook, RowsNumbers } from './stage-numbers.ts';
import { rowSizes } from './text-sizes.ts';

export interface ForecastOptions {
  readonly recipe: Recipe;
  /** Absolute path of what the recipe names. */
  readonly resolve: (path: string) => string;
  /** Of the run that is or would be. */
  readonly runDir: string;
  readonly env: NonNullable<HubOptions['env']>;
  /** Nothing is asked of the Hub, not even for a config. False by default. */
  readonly offline?: boolean;
  /** In the place of what is assumed. */
  readonly assume?: Partial<Record<AssumptionName, number | undefined>>;
  /** Tokens a second of a training, in the place of a measurement. */
  readonly tokensPerSecond?: number | undefined;
  /** Where the trainings will run; undefined where nobody knows. */
  readonly free: FreeMemory | undefined;
}

/**
 * Says what a recipe will do, take and cost before anything starts: rows, calls, tokens and dollars by stage, steps, hours and memory. Counts
 * what is on this machine, downloads a config at the most, and names what it has to assume.
 */
export async function forecastRecipe(options: ForecastOptions): Promise<Forecast> {
  const { recipe, resolve, runDir, env, offline = false, tokensPerSecond } = options;
  const stages = Object.entries(recipe.stages);
  const soFar = await readRunSoFar({ recipe, runDir, resolve, env });
  const rows = openRowsAtHand({ resolve, env });
  const opened =
    recipe.base === undefined ? undefined : await openBaseAtHand(recipe.base, { resolve, env, offline });
  const base = typeof opened === 'string' ? undefined : opened;
  const template = await templateAtHand(recipe, { base, resolve });
  const scope: ForecastScope = {
    recipe,
    base,
    template,
    files: async (reference) => {
      if (isFile(reference)) return rows.files(reference);
      const done = soFar.done.get(reference);
      return done === undefined ? undefined : [done.rowsFile];
    },
    facts: (files) => rows.facts(files),
  };
  const known = await knownRows(stages, { scope, soFar });
  const outlooks = new Map<string, Outlook>();
  for (const [id, stage] of stages) {
    // Of what is done, only the work of trainings is of use: it tells the machine's speed.
    if (!soFar.done.has(id) || isTraining(stage)) outlooks.set(id, await outlookOf(id, stage, scope));
  }
  const usual = { writeCost: recipe.backend.kind === 'cuda' ? 300 : undefined };
  const assumptions = createAssumptions(options.assume ?? {}, usual);
  const flowing = { stages, outlooks, known, soFar };
  const runs = scenarios(assumptions, soFar).map((scenario) => runScenario(scenario, flowing));
  const [least, expected, most] = runs as [(typeof runs)[0], (typeof runs)[0], (typeof runs)[0]];
  const pending = stages.filter(([id]) => !soFar.done.has(id));
  const speed = await forecastSpeed({ recipe, stages, numbers: expected, soFar, tokensPerSecond });
  const plans =
    base === undefined
      ? new Map<string, StagePlan>()
      : await forecastMemory({
          recipe,
          base,
          stages: pending,
          free: options.free,
          openFolder: (reference) => modelFolder(reference, { resolve, env, offline }),
        });
  const forecasts = stages.map(([id, stage]) =>
    stageForecast({
      ...{ id, stage, recipe, soFar, speed, assumptions, memory: plans.get(id) },
      numbers: [least.get(id)!, expected.get(id)!, most.get(id)!],
    }),
  );
  const totals = totalsOf(forecasts);
  return {
    name: recipe.name,
    stages: forecasts,
    totals,
    money: forecastMoney({
      recipe,
      numbers: [least, expected, most],
      dollars: totals.dollars,
      spent: soFar.spent,
    }),
    speed: speed ?? null,
    memory: memoryForecast(plans),
    assumptions: assumptions.used(),
    measured: measuredSentences({ soFar, base, speed: speed?.source }),
    unknown: unknownSentences({ opened, rows, soFar, pending, speed: speed !== undefined }),
  };
}

function isTraining({ kind }: Stage): boolean {
  return kind === 'sft' || kind === 'dpo';
}

/** Undefined when it needs a tokenizer that is not here. */
async function templateAtHand(
  recipe: Recipe,
  { base, resolve }: { readonly base: BaseAtHand | undefined; readonly resolve: (path: string) => string },
): Promise<PromptTemplate | undefined> {
  if (recipe.template.kind === 'chat' && base?.tokenizer === undefined) return undefined;
  const path = (reference: string): string =>
    reference === recipe.base && base ? base.path : resolve(reference);
  return openTemplate({ recipe, resolve: path });
}

/** The rows of files, and of stages that are done. */
async function knownRows(
  stages: readonly (readonly [string, Stage])[],
  { scope, soFar }: { readonly scope: ForecastScope; readonly soFar: RunSoFar },
): Promise<ReadonlyMap<string, RowsNumbers>> {
  const known = new Map<string, RowsNumbers>();
  const names = stages.flatMap(([, stage]) => {
    const { rows, preferences } = stage as { readonly rows?: string; readonly preferences?: string };
    return [rows, preferences].filter((name) => name !== undefined && isFile(name)) as string[];
  });
  const makers = stages.filter(([id, stage]) => soFar.done.has(id) && makesRows(stage)).map(([id]) => id);
  for (const name of [...new Set(names), ...makers]) {
    const files = await scope.files(name);
    const facts = files === undefined ? undefined : await scope.facts(files);
    known.set(name, { count: facts?.count ?? NaN, ...rowSizes(facts?.sample ?? []) });
  }
  return known;
}

function makesRows(stage: Stage): boolean {
  return (
    !isTraining(stage) &&
    stageInputs(stage).models.length === 0 &&
    stage.kind !== 'eval' &&
    stage.kind !== 'mt-bench'
  );
}

function memoryForecast(plans: ReadonlyMap<string, StagePlan>): MemoryForecast | undefined {
  const largest = [...plans].sort(([, a], [, b]) => b.need - a.need)[0];
  if (largest === undefined) return undefined;
  const [stage, plan] = largest;
  return { stage, plan, fits: [...plans.values()].every(({ fits }) => fits) };
}

function measuredSentences({
  soFar,
  base,
  speed,
}: {
  readonly soFar: RunSoFar;
  readonly base: BaseAtHand | undefined;
  readonly speed: string | undefined;
}): string[] {
  const sentences: string[] = [];
  if (soFar.done.size > 0)
    sentences.push(`The run folder has ${soFar.done.size} stages: their rows, shares and tokens are real.`);
  if (base?.tokenizer !== undefined)
    sentences.push('Rows that are here are counted in the base’s own tokens.');
  if (speed !== undefined) sentences.push(speed);
  return sentences;
}

function unknownSentences({
  opened,
  rows,
  soFar,
  pending,
  speed,
}: {
  readonly opened: BaseAtHand | string | undefined;
  readonly rows: RowsAtHand;
  readonly soFar: RunSoFar;
  readonly pending: readonly (readonly [string, Stage])[];
  readonly speed: boolean;
}): string[] {
  const sentences = [...rows.missing()];
  const needsBase = pending.some(([, stage]) => stageInputs(stage).models.length > 0);
  if (typeof opened === 'string' && needsBase) sentences.push(`Memory is not planned: ${opened}`);
  if (!speed && needsBase)
    sentences.push('The time of trainings is not known here: --tokens-per-second says it.');
  if (soFar.problem !== undefined) sentences.push(`Which stages are done is not known: ${soFar.problem}`);
  return sentences;
}

/** On the Hub, only what is read is fetched. */
async function modelFolder(
  reference: string,
  { resolve, env, offline }: Pick<ForecastOptions, 'resolve' | 'env' | 'offline'>,
): Promise<FolderSource> {
  if (!isHubReference(reference)) return openFolder(resolve(reference));
  return (await openHubModel(reference, { env, ...(offline === true ? { offline } : {}) })).folder;
}
