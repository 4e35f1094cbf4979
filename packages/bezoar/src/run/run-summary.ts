import { BezoarError } from '@bezoar/core';
import { join } from 'node:path';
import { readEventLog } from '../events/event-log.ts';
import { collectHistory, type StageHistory } from '../events/stage-history.ts';
import type { Expectation, Recipe, Stage } from '../recipe/recipe.ts';
import { readScores, type EvalScores } from '../stages/eval-scores.ts';
import type { PlannedStage } from './plan-run.ts';

/** All that a finished run has to tell: what the table on the terminal and `report.html` show. */
export interface RunSummary {
  readonly recipe: Recipe;
  readonly runDir: string;
  readonly stages: readonly StageSummary[];
  readonly expectations: readonly ExpectationResult[];
}

export interface StageSummary {
  readonly id: string;
  readonly stage: Stage;
  /** It was done before and did not run this time. */
  readonly kept: boolean;
  readonly history: StageHistory;
  /** Of stages that evaluate. */
  readonly scores: EvalScores | undefined;
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
}

export async function collectSummary({ recipe, plan, runDir }: SummaryOptions): Promise<RunSummary> {
  const histories = collectHistory(readEventLog(join(runDir, 'events.jsonl')));
  const stages = await Promise.all(
    plan.map(async ({ id, stage, out, state }): Promise<StageSummary> => ({
      id,
      stage,
      kept: state === 'unchanged',
      history: histories.get(id)!,
      scores: stage.kind === 'eval' || stage.kind === 'mt-bench' ? await readScores(out) : undefined,
    })),
  );
  return {
    recipe,
    runDir,
    stages,
    expectations: recipe.expect.map((each) => checkExpectation(each, stages)),
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
