import type { Backend } from '@bezoar/backend';
import { openFolder } from '@bezoar/formats/node';
import { describeGolden, readJsonFile, readTensors, relativeL2, type GoldenCase } from '@bezoar/golden';
import { createWorkspace, loadLoraAdapter, loadModel, withAdapter } from '@bezoar/model';
import { adapterTrainable, createAdamW } from '@bezoar/qlora';
import { listTestBackends } from '@bezoar/test-backends';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dpoStepGradients } from './dpo-step.ts';
import type { EncodedPair } from './encode-pair.ts';
import { encodeSide } from './encode-side.ts';
import {
  defaultPreferenceLoss,
  preferenceLoss,
  type PairLogProbs,
  type PreferenceLossConfig,
} from './preference-loss.ts';
import { rewardMetrics } from './preference-metrics.ts';
import { adapterOffReference, sequenceLogProbs, type Reference } from './reference.ts';

const backends = await listTestBackends();

interface Info {
  readonly base_model: string;
  readonly beta: number;
  readonly label_smoothing: number;
  readonly training: {
    readonly lr: number;
    readonly betas: readonly [number, number];
    readonly eps: number;
    readonly weight_decay: number;
    readonly clipping: number | null;
  };
}

interface Expected {
  readonly policy_chosen_logps: readonly number[];
  readonly policy_rejected_logps: readonly number[];
  readonly ref_chosen_logps: readonly number[];
  readonly ref_rejected_logps: readonly number[];
  readonly rewards_chosen: readonly number[];
  readonly rewards_rejected: readonly number[];
  readonly losses_per_pair: Readonly<Record<string, readonly number[]>>;
}

interface Step {
  readonly loss: number;
  readonly margin_mean: number;
  readonly accuracy: number;
  readonly lr: number;
}

describeGolden('dpo', (cases) => {
  for (const { name, create } of backends) {
    it.each(cases)(`$name on ${name}`, async (golden) => {
      const backend = await create();
      try {
        await checkCase(backend, golden);
      } finally {
        await backend.dispose();
      }
    });
  }
});

async function checkCase(backend: Backend, { folder, info: raw }: GoldenCase): Promise<void> {
  const info = raw as unknown as Info;
  const pairs = readJsonFile<{ prompt: number[]; chosen: number[]; rejected: number[] }[]>(
    join(folder, 'pairs.json'),
  ).map(({ prompt, chosen, rejected }, index): EncodedPair => ({
    id: String(index),
    chosen: encodeSide(prompt, chosen),
    rejected: encodeSide(prompt, rejected),
  }));
  const base = await loadModel({ folder: openFolder(join(folder, info.base_model)), backend });
  const model = withAdapter(base, await loadLoraAdapter(base, openFolder(join(folder, 'adapter-init'))));
  const workspace = createWorkspace(backend);
  const reference = adapterOffReference(model);

  const logs = await pairLogProbs(model, pairs, reference);
  checkLosses(logs, info, readJsonFile<Expected>(join(folder, 'expected.json')));

  const trainable = adapterTrainable(model);
  const config = { ...defaultPreferenceLoss, beta: info.beta, gradientCheckpointing: false };
  const optimizer = createAdamW({
    backend,
    trainable,
    config: {
      beta1: info.training.betas[0],
      beta2: info.training.betas[1],
      eps: info.training.eps,
      weightDecay: info.training.weight_decay,
      maxGradNorm: info.training.clipping ?? 0,
    },
  });
  const grads = await readTensors(folder, 'grads.safetensors');
  for (const [index, step] of readJsonFile<Step[]>(join(folder, 'steps.json')).entries()) {
    // Two micro-batches on odd steps: accumulation must not change anything.
    const micro = index % 2 === 0 ? [pairs] : [pairs.slice(0, 2), pairs.slice(2)];
    const { metrics } = await dpoStepGradients({ model, trainable, workspace, config, micro, reference });
    expect(Math.abs(metrics.loss - step.loss)).toBeLessThanOrEqual(1e-4);
    expect(Math.abs(metrics['rewards/margins'] - step.margin_mean)).toBeLessThanOrEqual(2e-4);
    expect(metrics['rewards/accuracies']).toBeCloseTo(step.accuracy, 6);
    if (index === 0) {
      expect(trainable.parameters.map(({ name }) => name).sort()).toEqual([...grads.keys()].sort());
      for (const { name, grad } of trainable.parameters) {
        const actual = await backend.download(grad);
        expect(relativeL2(actual, grads.get(name)!.data), name).toBeLessThanOrEqual(5e-4);
      }
    }
    await optimizer.update(step.lr);
  }

  const initial = await readTensors(join(folder, 'adapter-init'), 'adapter_model.safetensors');
  const final = await readTensors(join(folder, 'adapter-final'), 'adapter_model.safetensors');
  for (const { name, param } of trainable.parameters) {
    const actual = await backend.download(param);
    expect(relativeL2(actual, final.get(name)!.data, initial.get(name)!.data), name).toBeLessThanOrEqual(
      5e-3,
    );
  }
}

async function pairLogProbs(
  model: Parameters<typeof sequenceLogProbs>[0],
  pairs: readonly EncodedPair[],
  reference: Reference,
): Promise<PairLogProbs[]> {
  const sides = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const policy = await sequenceLogProbs(model, sides);
  const references = await reference.logProbs(sides);
  return pairs.map((pair, index) => ({
    policyChosen: policy[2 * index]!,
    policyRejected: policy[2 * index + 1]!,
    referenceChosen: references[2 * index]!,
    referenceRejected: references[2 * index + 1]!,
    chosenTokens: pair.chosen.targetCount,
    rejectedTokens: pair.rejected.targetCount,
  }));
}

function checkLosses(logs: readonly PairLogProbs[], info: Info, expected: Expected): void {
  const near = (actual: number, wanted: number, tolerance: number): void =>
    expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(tolerance);
  const losses: Record<string, Partial<PreferenceLossConfig>> = {
    sigmoid: { loss: 'sigmoid' },
    cdpo: { loss: 'cdpo', labelSmoothing: info.label_smoothing },
    robust: { loss: 'robust', labelSmoothing: info.label_smoothing },
    hinge: { loss: 'hinge' },
    ipo_mean: { loss: 'ipo', ipoReduction: 'mean' },
    ipo_sum: { loss: 'ipo', ipoReduction: 'sum' },
  };
  const names = Object.keys(expected.losses_per_pair);
  expect(names.filter((name) => losses[name] === undefined)).toEqual([]);
  logs.forEach((pair, index) => {
    near(pair.policyChosen, expected.policy_chosen_logps[index]!, 2e-4);
    near(pair.policyRejected, expected.policy_rejected_logps[index]!, 2e-4);
    near(pair.referenceChosen, expected.ref_chosen_logps[index]!, 2e-4);
    near(pair.referenceRejected, expected.ref_rejected_logps[index]!, 2e-4);
    const rewards = rewardMetrics([pair], { ...defaultPreferenceLoss, beta: info.beta });
    near(rewards['rewards/chosen'], expected.rewards_chosen[index]!, 2e-4);
    near(rewards['rewards/rejected'], expected.rewards_rejected[index]!, 2e-4);
    for (const name of names) {
      const wanted = expected.losses_per_pair[name]![index]!;
      const { loss } = preferenceLoss(pair, { ...defaultPreferenceLoss, beta: info.beta, ...losses[name] });
      near(loss, wanted, name === 'ipo_sum' ? 1e-4 * Math.abs(wanted) : 1e-4);
    }
  });
}
