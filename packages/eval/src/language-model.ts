/** A text to score: how likely is `continuation` after `context`? */
export interface LoglikelihoodRequest {
  readonly context: string;
  readonly continuation: string;
  /** A chat template made the context: special tokens stand in it by name, and no BOS is added. */
  readonly rendered?: boolean;
}

export interface LoglikelihoodResult {
  /** Natural logarithm, summed over the tokens of the continuation. */
  readonly logProb: number;
  /** Whether every token of the continuation is the most likely one at its place. */
  readonly isGreedy: boolean;
}

export interface GenerationRequest {
  readonly prompt: string;
  /** Generation ends at the first of these; it is cut from the text. */
  readonly until: readonly string[];
  readonly maxTokens: number;
  /** 0 (the default) is greedy. */
  readonly temperature?: number;
  /** A chat template made the prompt: special tokens stand in it by name, and no BOS is added. */
  readonly rendered?: boolean;
}

export interface LanguageModelCallOptions {
  readonly signal?: AbortSignal;
  /** Requests done so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What an evaluation asks of a model: texts in, numbers and texts out, results in the order of the requests. */
export interface LanguageModel {
  /** The name that stands in the results. */
  readonly id: string;
  /** What changes scores and must be recorded beside them: BOS, length limit, weight format. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  loglikelihood(
    requests: readonly LoglikelihoodRequest[],
    options?: LanguageModelCallOptions,
  ): Promise<LoglikelihoodResult[]>;
  generate(requests: readonly GenerationRequest[], options?: LanguageModelCallOptions): Promise<string[]>;
}
