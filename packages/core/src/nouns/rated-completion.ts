/** One answer to a prompt and whether it is a good one, without another to compare it with: what KTO learns from. */
export interface RatedCompletion {
  readonly id: string;
  /** The text that the answer follows, already rendered. */
  readonly prompt: string;
  readonly completion: string;
  readonly label: boolean;
  /** A chat template made the texts: special tokens stand in them by name, and none are to be added. */
  readonly rendered?: boolean | undefined;
  readonly source?: string | undefined;
}
