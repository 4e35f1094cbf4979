/** One task of an evaluation, as the metadata of a card has it, with whatever else is there. */
export interface ScoredTask {
  readonly task?: unknown;
  readonly dataset: {
    readonly name: string;
    readonly type?: string | undefined;
    readonly config?: string | undefined;
    readonly split?: string | undefined;
    readonly args?: Readonly<Record<string, unknown>> | undefined;
  };
  readonly metrics: readonly ScoredMetric[];
}

export interface ScoredMetric {
  readonly type: string;
  readonly name: string;
  readonly value: number;
  readonly args?: { readonly stderr?: number | undefined } | undefined;
}

/** The `task` of all that Bezoar evaluates. */
export const generationTask = { type: 'text-generation', name: 'Text Generation' } as const;
