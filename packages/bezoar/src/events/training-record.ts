import type { LoggedEvent } from './event-log.ts';

/** What a curve viewer shows of one moment of a training, by the tags of transformers: `train/loss`, `eval/loss`, … */
export interface TrainingRecord {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly scalars: Readonly<Record<string, number>>;
}

/** Makes records of events, in their order. */
export interface TrainingRecorder {
  /**
   * The record of a training step or of an evaluation on the way; undefined for everything else, and for a step that there was
   * already.
   */
  record(event: LoggedEvent): TrainingRecord | undefined;
}

export function createTrainingRecorder(): TrainingRecorder {
  const last = { 'train-step': -1, evaluation: -1 };
  let tokens = 0;
  return {
    record(event) {
      if (event.type !== 'train-step' && event.type !== 'evaluation') return undefined;
      if (event.step <= last[event.type]) return undefined;
      if (event.type === 'evaluation' && event.kept === true) return undefined;
      last[event.type] = event.step;
      const place = { wallTime: Date.parse(event.time) / 1000, step: event.step };
      if (event.type === 'evaluation') return { ...place, scalars: evaluationScalars(event.metrics) };
      tokens += event.tokens;
      return {
        ...place,
        scalars: {
          'train/loss': event.loss,
          'train/learning_rate': event.learningRate,
          'train/grad_norm': event.gradNorm,
          'train/epoch': event.epoch,
          'train/tokens_per_second': event.tokensPerSecond,
          'train/num_tokens': tokens,
          ...renamed(event.metrics ?? {}, (name) => `train/${name}`),
        },
      };
    },
  };
}

function evaluationScalars(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return renamed(metrics, (name) => (name.startsWith('eval_') ? `eval/${name.slice(5)}` : `eval/${name}`));
}

function renamed(
  metrics: Readonly<Record<string, number>>,
  rename: (name: string) => string,
): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [rename(name), value]));
}
