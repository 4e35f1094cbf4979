import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Score {
  readonly value: number;
  /** Absent where the metric has none. */
  readonly stderr?: number | undefined;
  /** 95 %; by clusters where documents are no independent draws. */
  readonly interval?: readonly [low: number, high: number] | undefined;
  /** Documents, or pairs. */
  readonly n?: number | undefined;
  /** False of perplexities. */
  readonly higherIsBetter?: boolean | undefined;
  /** Of a task that a group of the same evaluation counts. */
  readonly isMember?: boolean | undefined;
}

/** How two models differ, tested on what both were asked. */
export interface ScoreDifference {
  readonly model: string;
  readonly baseline: string;
  /** `task/metric` */
  readonly metric: string;
  /** Of the model's scores minus the baseline's; of perplexities, of the log-probabilities. */
  readonly difference: number;
  readonly stderr?: number | undefined;
  /** 95 %, from a paired bootstrap. */
  readonly interval: readonly [low: number, high: number];
  readonly n: number;
  /** McNemar's exact test where scores are 0 and 1, else that of the bootstrap; adjusted for all tests of the evaluation (Holm). */
  readonly pValue: number;
  /** The difference lies on the good side. */
  readonly isBetter: boolean;
}

/** One document of a task, and what each model answered. */
export interface AnswerSample {
  readonly task: string;
  readonly prompt: string;
  /** Empty where there is no one right answer. */
  readonly target: string;
  /** Scores are a judge's, from 1 to 10; else an answer is right above 0. */
  readonly rated?: true | undefined;
  /** By model; the score is null where a judge gave none. */
  readonly answers: Readonly<Record<string, { readonly text: string; readonly score: number | null }>>;
}

/** What an evaluation stage found, for tables and expectations; the full results lie beside it as LM-Eval-Harness writes them. */
export interface EvalScores {
  /** By model, then by `task/metric`. */
  readonly models: Readonly<Record<string, Readonly<Record<string, Score>>>>;
  readonly samples: readonly AnswerSample[];
  /** Of every model from the first one, and from the one that it was trained from; older versions wrote none. */
  readonly differences?: readonly ScoreDifference[] | undefined;
}

export const scoresFileName = 'scores.json';

/** The scores in a stage's folder; undefined when it has not been evaluated. */
export async function readScores(out: string): Promise<EvalScores | undefined> {
  try {
    return JSON.parse(await readFile(join(out, scoresFileName), 'utf8')) as EvalScores;
  } catch {
    return undefined;
  }
}
