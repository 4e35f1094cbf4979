/** A text that an evaluation will show to the model or expect from it. */
export interface EvalDocument {
  readonly task: string;
  /** The evaluation row; several documents may come from one. */
  readonly id: string;
  readonly text: string;
}
