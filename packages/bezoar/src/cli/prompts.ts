/** Questions to the person at the terminal. Each throws BezoarError INTERRUPTED when it is turned down with Ctrl-C or Escape. */
export interface Prompts {
  readonly text: (question: TextQuestion) => Promise<string>;
  readonly select: <Value extends string>(question: SelectQuestion<Value>) => Promise<Value>;
}

export interface TextQuestion {
  readonly message: string;
  /** Stands there already, and can be changed. */
  readonly initial?: string;
  /** What is wrong with an answer; undefined when nothing is. */
  readonly check?: (answer: string) => string | undefined;
}

export interface SelectQuestion<Value extends string> {
  readonly message: string;
  readonly options: readonly SelectOption<Value>[];
  readonly initial?: Value;
}

export interface SelectOption<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}
