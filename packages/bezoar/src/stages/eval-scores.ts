import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Score {
  readonly value: number;
  /** Absent where the metric has none. */
  readonly stderr?: number | undefined;
}

/** One document of a task, and what each model answered. */
export interface AnswerSample {
  readonly task: string;
  readonly prompt: string;
  readonly target: string;
  /** By model. */
  readonly answers: Readonly<Record<string, { readonly text: string; readonly score: number }>>;
}

/** What an evaluation stage found, for tables and expectations; the full results lie beside it as LM-Eval-Harness writes them. */
export interface EvalScores {
  /** By model, then by `task/metric`. */
  readonly models: Readonly<Record<string, Readonly<Record<string, Score>>>>;
  readonly samples: readonly AnswerSample[];
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
