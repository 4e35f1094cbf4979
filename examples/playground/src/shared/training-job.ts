/** One row of the instruction editor. */
export interface InstructionPair {
  readonly instruction: string;
  readonly response: string;
}

/** One row of the preference editor. */
export interface Preference {
  readonly instruction: string;
  readonly chosen: string;
  readonly rejected: string;
}

export interface Settings {
  /** The prompt template's system text. */
  readonly system: string;
  readonly r: number;
  readonly loraAlpha: number;
  /** Which linear layers get an adapter: queries, keys and values as in the OpenBezoar models, or all. */
  readonly targets: 'attention' | 'all';
  readonly seed: number;
  /** Texts in every step: so many instructions, or both sides of half as many preferences. */
  readonly rows: number;
  readonly sftSteps: number;
  readonly sftLearningRate: number;
  /** 0 leaves preference training out. */
  readonly dpoSteps: number;
  readonly dpoLearningRate: number;
  readonly beta: number;
}

/** Everything that a training depends on, beside the model. */
export interface TrainingJob {
  readonly pairs: readonly InstructionPair[];
  readonly preferences: readonly Preference[];
  readonly settings: Settings;
  /** Instructions that are answered before, between and after. */
  readonly prompts: readonly string[];
}
