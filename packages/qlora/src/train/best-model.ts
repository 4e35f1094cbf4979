import type { Backend } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import type { TrainableParameter } from './trainable.ts';

/** Which evaluation counts as the best, and what follows from it. By transformers' names and rules. */
export interface BestModelConfig {
  /** A metric of the evaluations; `eval_loss` by default. */
  readonly metricForBestModel?: string | undefined;
  /** By default true for every metric whose name does not end with `loss`. */
  readonly greaterIsBetter?: boolean | undefined;
  /** Training ends after so many evaluations in a row that were no better than the best one. Never by default. */
  readonly earlyStoppingPatience?: number | undefined;
  /** By how much an evaluation must be better, to be waited on; 0 by default. */
  readonly earlyStoppingThreshold?: number | undefined;
  /** The parameters of the best evaluation are those that training ends with. False by default. */
  readonly loadBestModelAtEnd?: boolean | undefined;
}

export interface BestEvaluation {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** All that a resumed training must know about its evaluations so far. */
export interface BestModelState {
  readonly best?: BestEvaluation | undefined;
  /** Evaluations in a row that were not better by the threshold. */
  readonly stale: number;
  /** The parameters of the best evaluation by name, where they will be wanted. */
  readonly values: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
}

/** Watches the evaluations of one training. */
export interface BestModel {
  state: BestModelState;
  readonly metric: string;
  /** True when patience has run out. */
  isExhausted(): boolean;
  /** Notes an evaluation. Throws BezoarError BAD_CONFIG when it has no such metric. */
  observe(evaluation: BestEvaluation): Promise<void>;
  /** Puts the parameters of the best evaluation in place, and says which one that was. */
  restore(): BestEvaluation | undefined;
}

export interface CreateBestModelOptions {
  readonly backend: Backend;
  readonly parameters: readonly TrainableParameter[];
  readonly config: BestModelConfig;
}

/** Undefined when the settings ask for nothing that the best evaluation is needed for. */
export function createBestModel({
  backend,
  parameters,
  config,
}: CreateBestModelOptions): BestModel | undefined {
  const { metricForBestModel: metric = 'eval_loss', earlyStoppingThreshold: threshold = 0 } = config;
  const { greaterIsBetter = !metric.endsWith('loss'), earlyStoppingPatience: patience } = config;
  const keepsValues = config.loadBestModelAtEnd === true;
  if (patience === undefined && !keepsValues) return undefined;

  /** How much better a value is than the best one so far. */
  const gain = (value: number, best: BestEvaluation | undefined): number => {
    if (best === undefined) return Number.isFinite(value) ? Infinity : -Infinity;
    const difference = value - best.metrics[metric]!;
    return greaterIsBetter ? difference : -difference;
  };
  const watch: BestModel = {
    metric,
    state: { stale: 0, values: new Map() },
    isExhausted: () => patience !== undefined && watch.state.stale >= patience,
    async observe(evaluation) {
      const value = evaluation.metrics[metric];
      if (value === undefined) throw unknownMetric(metric, evaluation.metrics);
      const { best, stale, values } = watch.state;
      const better = gain(value, best);
      const isBest = better > 0;
      watch.state = {
        best: isBest ? evaluation : best,
        stale: better > threshold ? 0 : stale + 1,
        values: isBest && keepsValues ? await downloadAll(backend, parameters) : values,
      };
    },
    restore() {
      const { best, values } = watch.state;
      if (!keepsValues || best === undefined) return undefined;
      for (const { name, param } of parameters) backend.write(param, values.get(name)!);
      return best;
    },
  };
  return watch;
}

async function downloadAll(
  backend: Backend,
  parameters: readonly TrainableParameter[],
): Promise<BestModelState['values']> {
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { name, param } of parameters) values.set(name, await backend.download(param));
  return values;
}

function unknownMetric(metric: string, metrics: BestEvaluation['metrics']): BezoarError {
  return new BezoarError('BAD_CONFIG', `Evaluations have no metric "${metric}".`, {
    advice: `metricForBestModel is one of: ${Object.keys(metrics).join(', ')}.`,
  });
}
