import { BezoarError } from '@bezoar/core';
import type { ModelStats } from '@bezoar/llm';
import { join } from 'node:path';
import { readEventLog } from '../events/event-log.ts';
import { collectHistory, type StageHistory } from '../events/stage-history.ts';
import type { Expectation, Recipe, Stage } from '../recipe/recipe.ts';
import { readScores, type EvalScores } from '../stages/eval-scores.ts';
import { readMtBenchSummary, type MtBenchSummary } from '../stages/mt-bench-summary.ts';
import type { PlannedStage } from './plan-run.ts';
import { readRowSamples, type RowSamples } from './row-samples.ts';
import type { StageEnvironment } from './stage-environment.ts';
import { readFinishedStage } from './stage-folder.ts';

/** All that a finished run has to tell: what the table on the terminal and `report.html` show. */
export interface RunSummary {
  readonly recipe: Recipe;
  readonly runDir: string;
  readonly stages: readonly StageSummary[];
  readonly expectations: readonly ExpectationResult[];
  /** When the first run in this folder began and when the last stage was done, as ISO 8601. */
  readonly started: string | undefined;
  readonly finished: string | undefined;
}

export interface StageSummary {
  readonly id: string;
  readonly stage: Stage;
  /** It was done before and did not run this time. */
  readonly kept: boolean;
  readonly history: StageHistory;
  /** Of stages that evaluate. */
  readonly scores: EvalScores | undefined;
  /** Of MT-Bench. */
  readonly mtBench: MtBenchSummary | undefined;
  /** Of stages that make or filter rows. */
  readonly rows: RowSamples | undefined;
  /** What chat models have cost, by model, over all runs. */
  readonly costs: readonly ModelStats[];
  /** Hash of all settings and inputs, and those of the inputs by their names in the recipe. */
  readonly print: string;
  readonly inputPrints: Readonly<Record<string, string>>;
  /** As ISO 8601, and where; undefined of a stage that an older version ran. */
  readonly finished: string | undefined;
  readonly environment: StageEnvironment | undefined;
}

export interface ExpectationResult extends Expectation {
  readonly betterValue: number | undefined;
  readonly thanValue: number | undefined;
  readonly met: boolean;
}

export interface SummaryOptions {
  readonly recipe: Recipe;
  readonly plan: readonly PlannedStage[];
  readonly runDir: string;
  /** By stage. */
  readonly costs: ReadonlyMap<string, readonly ModelStats[]>;
}

export async function collectSummary({ recipe, plan, runDir, costs }: SummaryOptions): Promise<RunSummary> {
  const events = readEventLog(join(runDir, 'events.jsonl'));
  const histories = collectHistory(events);
  const stages = await Promise.all(
    plan.map(async ({ id, stage, out, state, fingerprint, inputPrints }): Promise<StageSummary> => {
      const history = histories.get(id)!;
      const done = await readFinishedStage(out);
      return {
        ...{ id, stage, history, inputPrints },
        kept: state === 'unchanged',
        scores: stage.kind === 'eval' || stage.kind === 'mt-bench' ? await readScores(out) : undefined,
        mtBench: stage.kind === 'mt-bench' ? await readMtBenchSummary(out) : undefined,
        rows: history.funnel === undefined ? undefined : await readRowSamples(out, history.funnel),
        costs: costs.get(id) ?? [],
        print: fingerprint,
        finished: done?.finished,
        environment: done?.environment,
      };
    }),
  );
  return {
    recipe,
    runDir,
    stages,
    expectations: recipe.expect.map((each) => checkExpectation(each, stages)),
    started: events[0]?.time,
    finished: stages
      .flatMap(({ finished }) => finished ?? [])
      .sort()
      .at(-1),
  };
}

/** Throws BezoarError CHECK_FAILED that names the first expectation that was not met. */
export function requireExpectations({ expectations }: Pick<RunSummary, 'expectations'>): void {
  const missed = expectations.find(({ met }) => !met);
  if (missed === undefined) return;
  const { metric, better, than, by, betterValue, thanValue } = missed;
  throw new BezoarError(
    'CHECK_FAILED',
    `${metric} of ${better} is ${show(betterValue)}; at least ${show(by)} above ${than} (${show(thanValue)}) was expected.`,
    { advice: 'The run folder has everything that was made; report.html shows it.', data: { ...missed } },
  );
}

function checkExpectation(expectation: Expectation, stages: readonly StageSummary[]): ExpectationResult {
  const valueOf = (model: string): number | undefined =>
    stages
      .map(({ scores }) => scores?.models[model]?.[expectation.metric]?.value)
      .findLast((value) => value !== undefined);
  const betterValue = valueOf(expectation.better);
  const thanValue = valueOf(expectation.than);
  const met =
    betterValue !== undefined && thanValue !== undefined && betterValue - thanValue >= expectation.by - 1e-9;
  return { ...expectation, betterValue, thanValue, met };
}

function show(value: number | undefined): string {
  return value === undefined ? 'not there' : String(Number(value.toFixed(4)));
}
