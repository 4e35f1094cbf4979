import type { StageHistory } from '../events/stage-history.ts';

export interface TrainingFigures {
  readonly firstLoss: number;
  readonly lastLoss: number;
  readonly firstEvalLoss: number | undefined;
  readonly evalLoss: number | undefined;
  readonly tokensPerSecond: number;
}

/** The figures of a training stage that tables show; its evaluation loss is that of the parameters it ended with. Speed is over all steps, the first apart, which warms caches up. */
export function trainingFigures({ steps, evaluations, kept }: StageHistory): TrainingFigures {
  const timed = steps.length > 1 ? steps.slice(1) : steps;
  const tokens = timed.reduce((sum, step) => sum + step.tokens, 0);
  const seconds = timed.reduce((sum, step) => sum + step.tokens / step.tokensPerSecond, 0);
  const losses = evaluations.flatMap(({ metrics }) => metrics['eval_loss'] ?? []);
  return {
    firstLoss: steps[0]?.loss ?? Number.NaN,
    lastLoss: steps.at(-1)?.loss ?? Number.NaN,
    firstEvalLoss: losses.length > 1 ? losses[0] : undefined,
    evalLoss: kept?.metrics['eval_loss'] ?? losses.at(-1),
    tokensPerSecond: seconds > 0 ? tokens / seconds : Number.NaN,
  };
}
