import type { Funnel } from './funnel.ts';

/**
 * What a long job says while it runs. Jobs are async generators of events; the CLI turns them into a progress line,
 * `events.jsonl` and plots. Times are added by whoever writes them down.
 */
export type RunEvent =
  | {
      readonly type: 'stage-start';
      readonly stage: string;
      readonly total?: number;
      readonly detail?: string;
    }
  | {
      readonly type: 'progress';
      readonly stage: string;
      readonly done: number;
      readonly total?: number;
      readonly note?: string;
      /** US dollars that the stage has cost so far, where prices are known. */
      readonly cost?: number;
    }
  | TrainStepEvent
  | {
      readonly type: 'evaluation';
      readonly stage: string;
      readonly step: number;
      readonly metrics: Readonly<Record<string, number>>;
      /** Nothing new was measured: this was the best evaluation, and the training ends with its parameters. */
      readonly kept?: true;
    }
  | { readonly type: 'checkpoint'; readonly stage: string; readonly step: number; readonly path: string }
  | { readonly type: 'funnel'; readonly stage: string; readonly funnel: Funnel }
  | {
      readonly type: 'usage';
      readonly stage: string;
      readonly calls: number;
      readonly cached: number;
      readonly inputTokens: number;
      readonly outputTokens: number;
      /** US dollars, where prices are known; and the answered calls whose price is not. */
      readonly cost?: number;
      readonly unpriced?: number;
      /** Calls that were begun again after their process had died: the provider may have billed both. And their cost. */
      readonly paidTwice?: number;
      readonly paidTwiceCost?: number;
    }
  /** Something that is worth a line: a batch that is waited for. */
  | { readonly type: 'note'; readonly stage: string; readonly message: string }
  | { readonly type: 'warning'; readonly stage: string; readonly message: string }
  | {
      readonly type: 'stage-end';
      readonly stage: string;
      readonly seconds: number;
      readonly metrics?: Readonly<Record<string, number>>;
    };

/** One update of a training. */
export interface TrainStepEvent {
  readonly type: 'train-step';
  readonly stage: string;
  /** 1-based optimiser step. */
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradNorm: number;
  /** All tokens that went through the model in this step, prompts included. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** Extra figures by their usual names: `rewards/margins`, `mean_token_accuracy`, … */
  readonly metrics?: Readonly<Record<string, number>>;
}
