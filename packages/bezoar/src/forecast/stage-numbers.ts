import type { Scenario } from './scenario.ts';

/** Rows that a stage makes or a file has. NaN: nobody knows. */
export interface RowsNumbers {
  readonly count: number;
  /** Mean characters of what is asked: instruction and system text. */
  readonly prompt: number;
  /** Mean characters of what is answered. */
  readonly response: number;
  /** Some texts like theirs. */
  readonly texts: readonly string[];
}

/** What one chat model is asked by a stage. NaN: nobody knows. */
export interface CallNumbers {
  /** By its name in the recipe. */
  readonly model: string;
  readonly calls: number;
  /** Tokens of all calls together. */
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What a stage does when a run goes as a scenario has it. */
export interface StageNumbers {
  readonly rowsIn?: number;
  readonly rows?: RowsNumbers;
  readonly calls?: readonly CallNumbers[];
  readonly steps?: number;
  /** That are learnt from, all epochs together. */
  readonly trainedTokens?: number;
  /** Requests to local models. */
  readonly requests?: number;
  /** Floating-point operations of the backend, or what takes as long as so many; NaN where the model is not known. */
  readonly flops?: number;
}

/** Rows by the name of their stage or file, in the same scenario. */
export type RowsOf = (reference: string) => RowsNumbers;

/** What is known of a stage, ready to be put into any scenario. */
export type Outlook = (scenario: Scenario, rowsOf: RowsOf) => StageNumbers;

/** Calls that are alike. */
export function callsOf(
  model: string,
  calls: number,
  each: { readonly inputTokens: number; readonly outputTokens: number },
): CallNumbers {
  return {
    model,
    calls,
    inputTokens: calls * each.inputTokens,
    outputTokens: calls * each.outputTokens,
  };
}

/** The rows that a limit leaves: a known limit bounds a number that is unknown. */
export function limited(count: number, limit: number | undefined, scenario: Scenario): number {
  if (limit === undefined) return count;
  return Number.isNaN(count) ? scenario.either(0, limit, limit) : Math.min(count, limit);
}
