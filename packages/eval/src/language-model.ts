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

/** The log-likelihood of a whole text: every token of it is scored. */
export interface RollingRequest {
  readonly text: string;
}

export interface LanguageModelCallOptions<Answer = unknown> {
  readonly signal?: AbortSignal;
  /** Requests done so far. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with each answer as soon as it is final: what was told is not asked again after a stop. */
  readonly onAnswer?: (index: number, answer: Answer) => void;
  /** For a model with `plansAhead`: whether the answer to a request is known from before the stop. */
  readonly isKnown?: (index: number) => boolean;
}

/** What an evaluation asks of a model: texts in, numbers and texts out, results in the order of the requests. */
export interface LanguageModel {
  /** The name that stands in the results. */
  readonly id: string;
  /** What changes scores and must be recorded beside them: BOS, length limit, weight format. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /**
   * Set where batches decide the last bits of an answer: after a stop, the model is given all requests again with `isKnown`, makes
   * the batches that it would have made, and leaves out those of which all is known. The answers to known requests are not looked at.
   * Other models are given the unknown requests alone.
   */
  readonly plansAhead?: boolean;
  loglikelihood(
    requests: readonly LoglikelihoodRequest[],
    options?: LanguageModelCallOptions<LoglikelihoodResult>,
  ): Promise<LoglikelihoodResult[]>;
  generate(
    requests: readonly GenerationRequest[],
    options?: LanguageModelCallOptions<string>,
  ): Promise<string[]>;
  /** Summed natural logarithms over whole texts. Needed for tasks of perplexity alone. */
  rolling?(
    requests: readonly RollingRequest[],
    options?: LanguageModelCallOptions<number>,
  ): Promise<number[]>;
}
