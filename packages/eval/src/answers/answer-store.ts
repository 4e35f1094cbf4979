import type { LoglikelihoodResult } from '../language-model.ts';

/** What a model says to a request: a log-likelihood, a text, or the log-likelihood of a whole text. */
export type Answer = LoglikelihoodResult | string | number;

/** Answers by the hash of what was asked, so that an evaluation that was killed goes on without asking again. */
export interface AnswerStore {
  get(key: string): Answer | undefined;
  /** The answer must outlive the process when this returns. */
  put(key: string, answer: Answer): void;
}
