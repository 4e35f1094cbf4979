import { createRng, type TrainStepEvent } from '@bezoar/core';
import { createReference, encodePair, trainDpo } from '@bezoar/dpo';
import { createLoraAdapter, withAdapter, type LoraAdapter } from '@bezoar/model';
import { encodeExample, openbezoarTemplate, trainSft } from '@bezoar/qlora';
import type { TrainedVersion } from '../shared/protocol.ts';
import type { TrainingJob } from '../shared/training-job.ts';
import { copyAdapter, type LoadedModel } from './loaded-model.ts';

const targetModules = {
  attention: ['q_proj', 'k_proj', 'v_proj'],
  all: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
};
const maxLength = 256;

export interface TrainVersionsOptions {
  readonly model: LoadedModel;
  readonly job: TrainingJob;
  readonly signal: AbortSignal;
  /** Called as soon as there is an adapter: its weights change with every step. */
  readonly onAdapter: (version: TrainedVersion, adapter: LoraAdapter) => void;
}

export type TrainingNews =
  | { readonly type: 'step'; readonly version: TrainedVersion; readonly event: TrainStepEvent }
  /** The version is trained, and nothing changes it any more. */
  | { readonly type: 'trained'; readonly version: TrainedVersion };

/**
 * Instructions, then preferences, on one adapter: what comes out fits the base that went in. The reference of preference
 * training is the model as it was after the instructions, so the copy of that adapter is one version and its continuation the next.
 *
 * Throws BezoarError EMPTY_DATASET, BAD_INPUT, DIVERGED, INTERRUPTED; the adapters keep what they had learnt.
 */
export async function* trainVersions(options: TrainVersionsOptions): AsyncGenerator<TrainingNews> {
  const { model, job, signal, onAdapter } = options;
  const { settings } = job;
  const { base, tokenizer } = model;
  const template = openbezoarTemplate({ system: settings.system });
  const adapter = createLoraAdapter({
    model: base,
    config: {
      r: settings.r,
      loraAlpha: settings.loraAlpha,
      loraDropout: 0,
      targetModules: targetModules[settings.targets],
      useRslora: false,
    },
    rng: createRng(settings.seed),
  });
  onAdapter('sft', adapter);
  const policy = withAdapter(base, adapter);
  const shared = { gradientAccumulation: 1, maxGradNorm: 1, seed: settings.seed, warmupRatio: 0.1 } as const;

  const examples = job.pairs.map((pair) => {
    const { spans } = template.renderRow({ kind: 'instruction', ...pair });
    return encodeExample(spans, { tokenizer, maxLength });
  });
  const sft = trainSft({
    model: policy,
    examples,
    signal,
    config: {
      ...shared,
      schedule: 'cosine',
      batchSize: settings.rows,
      maxSteps: settings.sftSteps,
      learningRate: settings.sftLearningRate,
    },
  });
  yield* steps('sft', sft);
  yield { type: 'trained', version: 'sft' };
  if (settings.dpoSteps === 0) return;

  const before = await copyAdapter(base, adapter);
  onAdapter('sft', before);
  onAdapter('dpo', adapter);
  const pairs = job.preferences.map(({ instruction, chosen, rejected }, index) => {
    const prompt = template.renderPrompt({ instruction });
    return encodePair({ id: String(index), prompt, chosen, rejected }, { tokenizer, maxLength });
  });
  const dpo = trainDpo({
    model: policy,
    pairs,
    signal,
    reference: createReference(withAdapter(base, before), 'after-sft'),
    config: {
      ...shared,
      schedule: 'linear',
      batchSize: Math.ceil(settings.rows / 2),
      maxSteps: settings.dpoSteps,
      learningRate: settings.dpoLearningRate,
      beta: settings.beta,
    },
  });
  yield* steps('dpo', dpo);
  yield { type: 'trained', version: 'dpo' };
}

async function* steps(
  version: TrainedVersion,
  events: AsyncIterable<{ readonly type: string }>,
): AsyncGenerator<TrainingNews> {
  for await (const event of events)
    if (event.type === 'train-step') yield { type: 'step', version, event: event as TrainStepEvent };
}
