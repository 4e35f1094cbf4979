import { BezoarError } from '@bezoar/core';
import { readJson } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { openLedger, type LedgerStats, type ModelStats } from '@bezoar/llm';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Recipe, Stage } from '../recipe/recipe.ts';
import { openRunInputs } from '../run/open-run-inputs.ts';
import { planRun, type PlannedStage } from '../run/plan-run.ts';
import { readFinishedStage } from '../run/stage-folder.ts';
import { stageInputs } from '../run/stage-inputs.ts';
import { funnelFileName, rowsFileName } from '../stages/rows.ts';

/** A stage that need not run again. */
export interface DoneStage {
  readonly kind: Stage['kind'];
  readonly metrics: Readonly<Record<string, number>>;
  /** Where its rows are, if it makes any. */
  readonly rowsFile: string;
}

/** What a run folder tells about the stages that are still to run. */
export interface RunSoFar {
  readonly done: ReadonlyMap<string, DoneStage>;
  /** Share of the rows that the stages of this kind have kept. */
  keep(kind: Stage['kind']): number | undefined;
  /** Mean tokens of a call of this stage, or of those of its kind. */
  callTokens(id: string): { readonly inputTokens: number; readonly outputTokens: number } | undefined;
  /** What a stage that was begun has asked so far, by the ids of models. */
  answered(id: string): readonly ModelStats[];
  /** US dollars. */
  readonly spent: number;
  /** Why nobody knows which stages are done. */
  readonly problem: string | undefined;
}

export interface RunSoFarOptions {
  readonly recipe: Recipe;
  readonly runDir: string;
  readonly resolve: (path: string) => string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Fewer calls tell nothing about the next. */
const leastCalls = 10;

/** Reads the folder of a run that was begun; where there is none, nothing is done. */
export async function readRunSoFar(options: RunSoFarOptions): Promise<RunSoFar> {
  const { recipe, runDir } = options;
  const kinds = new Map(Object.entries(recipe.stages).map(([id, { kind }]) => [id, kind]));
  const { plan, problem } = existsSync(runDir) ? await knownPlan(options) : { plan: [], problem: undefined };
  const done = new Map<string, DoneStage>();
  for (const { id, out, stage, state } of plan) {
    if (state !== 'unchanged') continue;
    const { metrics = {} } = (await readFinishedStage(out)) ?? {};
    done.set(id, { kind: stage.kind, metrics, rowsFile: join(out, rowsFileName) });
  }
  const funnels = await Promise.all(plan.filter(({ id }) => done.has(id)).map(readFunnel));
  const ledger = readLedger(runDir, [...kinds.keys()]);
  const begun = new Set(plan.filter(({ state }) => state === 'resumed').map(({ id }) => id));

  return {
    done,
    spent: ledger.spent,
    problem,
    keep(kind) {
      const alike = funnels.filter((funnel) => funnel?.kind === kind);
      const sum = (key: 'input' | 'kept'): number =>
        alike.reduce((total, funnel) => total + (funnel?.[key] ?? 0), 0);
      return sum('input') === 0 ? undefined : sum('kept') / sum('input');
    },
    callTokens(id) {
      const alike = [...kinds].filter(([, kind]) => kind === kinds.get(id)).map(([other]) => other);
      return ledger.meanOf([id]) ?? ledger.meanOf(alike);
    },
    answered: (id) => (begun.has(id) ? (ledger.byStage.get(id) ?? []) : []),
  };
}

/** The same decision as that of `bezoar run`, from what is on this machine. */
async function knownPlan({ recipe, runDir, resolve, env }: RunSoFarOptions): Promise<{
  readonly plan: readonly PlannedStage[];
  readonly problem: string | undefined;
}> {
  const needs = Object.values(recipe.stages).map(stageInputs);
  const isLocal = needs.some(({ models }) => models.length > 0);
  try {
    const inputs = await openRunInputs({
      models: [...(isLocal ? [recipe.base, recipe.adapter] : []), ...needs.flatMap(({ folders }) => folders)],
      data: needs.flatMap(({ files }) => files),
      resolve,
      env: { ...env, HF_HUB_OFFLINE: '1' },
      emit: () => undefined,
    });
    return {
      plan: await planRun({ recipe, inputs, runDir, layout: 'stages', fresh: false }),
      problem: undefined,
    };
  } catch (error) {
    if (!BezoarError.isInstance(error)) throw error;
    return { plan: [], problem: error.message };
  }
}

const funnelSchema = z.object({ input: z.number(), kept: z.number() });

async function readFunnel({ out, stage: { kind } }: PlannedStage): Promise<
  | {
      readonly kind: Stage['kind'];
      readonly input: number;
      readonly kept: number;
    }
  | undefined
> {
  const funnel = funnelSchema.safeParse(
    await readJson(openFolder(out), funnelFileName).catch(() => undefined),
  );
  return funnel.success ? { kind, ...funnel.data } : undefined;
}

interface LedgerFacts {
  readonly spent: number;
  readonly byStage: ReadonlyMap<string, readonly ModelStats[]>;
  meanOf(stages: readonly string[]): ReturnType<RunSoFar['callTokens']>;
}

function readLedger(runDir: string, stages: readonly string[]): LedgerFacts {
  const path = join(runDir, 'ledger.sqlite');
  if (!existsSync(path)) return { spent: 0, byStage: new Map(), meanOf: () => undefined };
  const ledger = openLedger({ path });
  try {
    const { cost, paidTwiceCost } = ledger.stats();
    const totals = new Map<string, LedgerStats>(stages.map((id) => [id, ledger.stats(id)]));
    return {
      spent: cost + paidTwiceCost,
      byStage: new Map(stages.map((id) => [id, ledger.statsByModel([id])])),
      meanOf(ids) {
        const all = ids.map((id) => totals.get(id)!);
        const sum = (value: (stats: LedgerStats) => number): number =>
          all.reduce((total, stats) => total + value(stats), 0);
        const calls = sum((stats) => stats.calls - stats.failed);
        if (calls < leastCalls) return undefined;
        return {
          inputTokens: sum((stats) => stats.inputTokens) / calls,
          outputTokens: sum((stats) => stats.outputTokens) / calls,
        };
      },
    };
  } finally {
    ledger.close();
  }
}
