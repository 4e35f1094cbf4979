/** A document of a multiple-choice task, rendered. */
export interface ChoiceItem {
  /** One for each choice. Almost always the same text; winogrande varies it. */
  readonly prompts: readonly string[];
  /** What is scored after the prompts and the delimiter. */
  readonly choices: readonly string[];
  /** Index of the right choice. */
  readonly gold: number;
  /** All right choices, for metrics that know several. */
  readonly correct: readonly boolean[];
  /** The gold answer as the results record it: the index, for most tasks. */
  readonly target: string;
}

/** A document of a generation task, rendered. */
export interface GenerationItem {
  readonly prompt: string;
  readonly target: string;
}
