import { createMemoryMeter, type Backend, type TensorTableOptions } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import {
  blankModel,
  createLoraAdapter,
  parameterSpecs,
  withAdapter,
  type BlankModelOptions,
  type CausalLM,
  type LoraConfig,
  type ModelConfig,
  type Workspace,
} from '@bezoar/model';
import type { BatchPlan } from '../train/batch-plan.ts';
import { defaultAdamW, type OptimizerName } from '../train/optimizer.ts';
import { runTraining, type StepOutcome } from '../train/run-training.ts';
import { adapterTrainable, fullTrainable, type Trainable } from '../train/trainable.ts';
import type { MemoryPlan } from './memory-plan.ts';

export interface PlanTrainingOptions extends Omit<BlankModelOptions, 'backend'> {
  /** Opens a dry run of the backend that will train: `createCpuDryRun`, `createCudaDryRun`. */
  readonly open: (options: Pick<TensorTableOptions, 'onTake'>) => Backend;
  /** Of the adapter that learns. Without one every weight does. */
  readonly adapter?: LoraConfig | undefined;
  readonly optimizer?: OptimizerName | undefined;
}

/** What a step of a plan works with. */
export interface PlannedWork {
  readonly model: CausalLM;
  readonly trainable: Trainable;
  readonly workspace: Workspace;
}

export interface PlannedLoop {
  /** Models that stay beside the one that learns. */
  readonly others?: (model: CausalLM) => void;
  /** What is done with the model before training: an evaluation, a reference. */
  readonly before?: (work: Omit<PlannedWork, 'trainable'>) => Promise<void>;
  readonly step: (work: PlannedWork) => Promise<unknown>;
}

/**
 * Runs a training on a backend that computes nothing, and says where its memory is. All sizes come from the code that trains, so
 * the plan is exact for what that backend's options say; nothing is loaded.
 */
export async function planTrainingMemory(
  options: PlanTrainingOptions,
  loop: PlannedLoop,
): Promise<MemoryPlan> {
  const { config, adapter, open } = options;
  const meter = createMemoryMeter();
  const backend = meter.watch(open({ onTake: (use) => meter.take(use) }));
  const base = blankModel({ ...options, backend });
  const { busiest: loading, held: heldByLoading } = backend.memory();
  meter.keep('base');
  const model =
    adapter === undefined
      ? base
      : withAdapter(base, createLoraAdapter({ model: base, config: adapter, rng: createRng(0) }));
  meter.keep('adapter');
  loop.others?.(model);
  meter.keep('reference');
  const trainable = adapter === undefined ? fullTrainable(model) : adapterTrainable(model);
  meter.keep('gradients');
  let began = false;
  const begin = async (workspace: Workspace): Promise<void> => {
    if (began) return;
    began = true;
    meter.keep('optimizer');
    await loop.before?.({ model, workspace });
  };
  const training = runTraining({
    stage: 'plan',
    backend,
    trainable,
    config: { ...defaultAdamW, optimizer: options.optimizer, schedule: 'constant', learningRate: 0 },
    plan: twoSteps,
    fingerprint: '',
    async step(_, workspace) {
      await begin(workspace);
      await loop.step({ model, trainable, workspace });
      return outcome;
    },
  });
  while ((await training.next()).done !== true);
  const { kept, passing, backend: own, scratch, op } = meter.busiest();
  const { base: weights = 0, adapter: adapters = 0, reference = 0, gradients = 0, optimizer = 0 } = kept;
  const isHead = op === 'linearCrossEntropy';
  const { held } = backend.memory();
  const { description } = backend.capabilities;
  await backend.dispose();
  return {
    backend: description,
    kinds: {
      weights,
      adapters,
      reference,
      gradients,
      optimizer,
      activations: passing,
      logits: isHead ? scratch : 0,
      scratch: isHead ? 0 : scratch,
      backend: own,
    },
    training: weights + adapters + reference + gradients + optimizer + passing + scratch + own,
    loading,
    heldByLoading,
    held,
    hostCopy: largestWeight(config),
  };
}

/** The second one finds the buffers that the first one left. */
const twoSteps: BatchPlan = {
  totalSteps: 2,
  stepsPerEpoch: 2,
  packsPerEpoch: 2,
  step: () => [],
  packs: () => 0,
};

const outcome: StepOutcome = { loss: 0, tokens: 0, metrics: {} };

/** While weights are loaded, one of them is on the host: as f32, and as its file has it, in half of that. */
function largestWeight(config: ModelConfig): number {
  const sizes = parameterSpecs(config).map(({ shape }) => shape.reduce((size, each) => size * each, 1));
  return sizes.reduce((most, size) => Math.max(most, size), 0) * (4 + 2);
}
