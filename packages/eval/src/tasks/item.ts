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

/** A document of a task whose target is scored, rendered. */
export interface TargetItem {
  readonly prompt: string;
  /** What is scored after the prompt, with the space before it. */
  readonly target: string;
}

/** A document of a generation task, rendered. */
export interface GenerationItem {
  readonly prompt: string;
  readonly target: string;
  /** All texts that are right, where there are several. */
  readonly targets?: readonly string[];
}

/** A document of a perplexity task: the text that is scored. */
export interface TextItem {
  readonly text: string;
  readonly target: string;
}
