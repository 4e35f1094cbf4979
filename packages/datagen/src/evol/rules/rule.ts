/** An evolved instruction with its answer, on trial. */
export interface EvolCandidate {
  readonly parent: string;
  readonly instruction: string;
  readonly response: string;
}

export interface Elimination {
  /** Reason code. */
  readonly reason: string;
  readonly detail?: string;
}

/** Undefined lets the candidate pass. */
export type EliminationRule = (candidate: EvolCandidate) => Elimination | undefined;
