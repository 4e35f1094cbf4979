import type { Backend, Tensor } from '@bezoar/backend';
import { openFolder } from '@bezoar/formats/node';
import {
  describeGolden,
  readJsonFile,
  readTensors,
  relativeL2,
  type GoldenCase,
  type HostTensor,
} from '@bezoar/golden';
import {
  createTokenBatch,
  createWorkspace,
  forward,
  loadLoraAdapter,
  loadModel,
  mergeLora,
  modelParameters,
  withAdapter,
} from '@bezoar/model';
import { listTestBackends } from '@bezoar/test-backends';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { learningRateAt, type ScheduleName } from './train/learning-rate.ts';
import { createAdamW } from './train/optimizer.ts';
import { stepGradients } from './train/train-sft.ts';
import { adapterTrainable } from './train/trainable.ts';
import type { EncodedExample } from './data/encode-example.ts';

const backends = await listTestBackends();

interface Hyper {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weight_decay: number;
  readonly schedule: string;
  readonly warmup_steps: number;
  readonly total_steps: number;
  readonly max_grad_norm: number;
}

interface Step {
  readonly loss: number;
  readonly grad_norm: number;
  readonly lr: number;
}

for (const kind of ['lora-train', 'qlora-train']) {
  describeGolden(kind, (cases) => {
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
}

async function checkCase(backend: Backend, { folder, info }: GoldenCase): Promise<void> {
  const hyper = info['hyper'] as Hyper;
  const steps = readJsonFile<Step[]>(join(folder, 'steps.json'));
  const data = await readTensors(folder, 'data.safetensors');
  const quantised = info['quantised'] !== undefined;
  const weights = !quantised ? 'f32' : info['double_quant'] === true ? 'nf4-dq' : 'nf4';
  const base = await loadModel({
    folder: openFolder(join(folder, info['base_model'] as string)),
    backend,
    weights,
  });
  const model = withAdapter(base, await loadLoraAdapter(base, openFolder(join(folder, 'adapter-init'))));

  await checkLogits(model, folder, data);

  const trainable = adapterTrainable(model);
  const optimizer = createAdamW({
    backend,
    trainable,
    config: {
      beta1: hyper.betas[0],
      beta2: hyper.betas[1],
      eps: hyper.eps,
      weightDecay: hyper.weight_decay,
      maxGradNorm: hyper.max_grad_norm,
    },
  });
  const workspace = createWorkspace(backend);
  const schedule = {
    schedule: scheduleName(hyper.schedule),
    learningRate: hyper.lr,
    warmupSteps: hyper.warmup_steps,
  };
  for (const [step, expected] of steps.entries()) {
    const micro = microBatches(data, step);
    const { loss } = await stepGradients({
      model,
      trainable,
      workspace,
      config: { gradientCheckpointing: step % 2 === 1, seed: 0 },
      step,
      micro,
    });
    const learningRate = learningRateAt(schedule, step, hyper.total_steps);
    const gradNorm = await optimizer.update(learningRate);
    expect(Math.abs(loss - expected.loss), `loss of step ${step}`).toBeLessThanOrEqual(1e-4);
    expect(learningRate).toBeCloseTo(expected.lr, 12);
    expect(Math.abs(gradNorm / expected.grad_norm - 1), `norm of step ${step}`).toBeLessThanOrEqual(2e-4);
  }

  const initial = await readTensors(join(folder, 'adapter-init'), 'adapter_model.safetensors');
  const final = await readTensors(join(folder, 'adapter-final'), 'adapter_model.safetensors');
  expect(trainable.parameters.map(({ name }) => name).sort()).toEqual([...final.keys()].sort());
  for (const { name, param } of trainable.parameters) {
    const actual = await backend.download(param);
    expect(relativeL2(actual, final.get(name)!.data, initial.get(name)!.data), name).toBeLessThanOrEqual(
      2e-3,
    );
  }

  if (!existsSync(join(folder, 'merged.safetensors'))) return;
  const merged = modelParameters(await mergeLora(model));
  for (const [name, { data: wanted }] of await readTensors(folder, 'merged.safetensors')) {
    const actual = await backend.download(merged.get(name) as Tensor<'f32'>);
    expect(maxDifference(actual, wanted), name).toBeLessThanOrEqual(2e-5);
  }
}

/** The logits of data[0][0] at attended positions. */
async function checkLogits(
  model: Parameters<typeof forward>[0]['model'],
  folder: string,
  data: Map<string, HostTensor>,
): Promise<void> {
  const { data: expected, shape } = (await readTensors(folder, 'logits-init.safetensors')).get('logits')!;
  const [, length = 0, vocab = 0] = shape;
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
  for (const [row, sequence] of microBatches(data, 0)[0]!.entries()) {
    const batch = createTokenBatch({
      backend: model.backend,
      sequences: [sequence],
      vocabSize: vocab,
      maxPositions: 4096,
    });
    const pass = forward({ model, batch, workspace: createWorkspace(model.backend), keep: 'nothing' });
    const logits = model.backend.alloc('f32', [batch.tokens, vocab]);
    model.backend.linear({ x: pass.hidden, weight: model.lmHead, out: logits });
    // Tokens that only fill the batch up stand behind.
    const size = sequence.tokens.length * vocab;
    const actual = (await model.backend.download(logits)).subarray(0, size);
    const wanted = expected.subarray(row * length * vocab, row * length * vocab + size);
    expect(maxDifference(actual, wanted)).toBeLessThanOrEqual(1e-4 * scale);
  }
}

/** The right-padded rows [accum, B, T] of one step, without their padding. */
function microBatches(data: Map<string, HostTensor>, step: number): EncodedExample[][] {
  const [, accum = 0, rows = 0, length = 0] = data.get('input_ids')!.shape;
  const cut = (name: string, start: number, size: number): number[] =>
    Array.from(data.get(name)!.data.subarray(start, start + size));
  return Array.from({ length: accum }, (_, micro) =>
    Array.from({ length: rows }, (_, row) => {
      const start = ((step * accum + micro) * rows + row) * length;
      const size = cut('attention_mask', start, length).filter((bit) => bit === 1).length;
      const labels = cut('labels', start, size);
      return {
        tokens: cut('input_ids', start, size),
        labels,
        targetCount: labels.slice(1).filter((label) => label >= 0).length,
      };
    }),
  );
}

/** `transformers.get_cosine_schedule_with_warmup, …` and plain names. */
function scheduleName(text: string): ScheduleName {
  return (['cosine', 'linear', 'constant'] as const).find((name) => text.includes(name))!;
}

function maxDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((max, value, index) => Math.max(max, Math.abs(value - expected[index]!)), 0);
}
