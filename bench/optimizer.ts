/**
 * Full fine-tuning with 8-bit moments beside f32 ones: bytes of the optimiser's state, milliseconds of an update, and both loss curves. A
 * byte-level LLaMA of 4 million parameters learns this repository's documentation from random weights.
 *
 *   pnpm bench optimizer [--steps N]
 */
import { createCpuBackend } from '@bezoar/backend-cpu';
import { createRng } from '@bezoar/core';
import { createWorkspace, initModel, parseModelConfig } from '@bezoar/model';
import {
  createAdamW,
  defaultAdamW,
  evaluateLoss,
  fullTrainable,
  learningRateAt,
  stepGradients,
  type EncodedExample,
  type OptimizerName,
} from '@bezoar/qlora';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const length = 128;
const batch = 8;
const schedule = { schedule: 'cosine', learningRate: 1e-3, warmupRatio: 0.05 } as const;

interface Run {
  readonly stateBytes: number;
  readonly bytesPerParameter: number;
  readonly updateMs: number;
  readonly losses: readonly number[];
  readonly evalLoss: number;
}

export async function run(args: readonly string[] = []): Promise<object> {
  const steps = args.includes('--steps') ? Number(args[args.indexOf('--steps') + 1]) : 200;
  const { training, held } = examples();
  const whole = await train('adamw', { steps, training, held });
  const small = await train('adamw-8bit', { steps, training, held });
  return {
    steps,
    tokensPerStep: batch * length,
    adamw: rounded(whole),
    'adamw-8bit': rounded(small),
    greatestLossDifference: Number(
      Math.max(...whole.losses.map((loss, step) => Math.abs(loss - small.losses[step]!))).toFixed(4),
    ),
  };
}

interface TrainOptions {
  readonly steps: number;
  readonly training: readonly EncodedExample[];
  readonly held: readonly EncodedExample[];
}

async function train(optimizerName: OptimizerName, { steps, training, held }: TrainOptions): Promise<Run> {
  const backend = await createCpuBackend();
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: 256,
    hidden_size: 256,
    intermediate_size: 704,
    num_hidden_layers: 5,
    num_attention_heads: 4,
    max_position_embeddings: length,
  });
  const model = initModel({ config, backend, rng: createRng(1), std: 0.02 });
  const trainable = fullTrainable(model);
  const before = backend.memory().live;
  const optimizer = createAdamW({
    backend,
    trainable,
    config: { ...defaultAdamW, optimizer: optimizerName, maxGradNorm: 1 },
  });
  const stateBytes = backend.memory().live - before;
  const parameters = trainable.parameters.reduce((sum, { param }) => sum + param.size, 0);
  const workspace = createWorkspace(backend);
  const rng = createRng(2);
  const losses: number[] = [];
  const updates: number[] = [];
  for (let step = 0; step < steps; step++) {
    const micro = [rng.sample(training, batch)];
    const settings = { gradientCheckpointing: false, seed: 0 };
    const { loss } = await stepGradients({ model, trainable, workspace, config: settings, step, micro });
    const started = performance.now();
    await optimizer.update(learningRateAt(schedule, step, steps));
    updates.push(performance.now() - started);
    losses.push(loss);
  }
  const { loss: evalLoss } = await evaluateLoss({ model, examples: held });
  await backend.dispose();
  updates.sort((a, b) => a - b);
  const figures = {
    stateBytes,
    bytesPerParameter: stateBytes / parameters,
    updateMs: updates[Math.floor(steps / 2)]!,
    losses,
    evalLoss,
  };
  console.error(
    `${optimizerName}: ${(stateBytes / 2 ** 20).toFixed(1)} MiB for ${parameters} parameters, ${figures.updateMs.toFixed(1)} ms an update, loss ${evalLoss.toFixed(4)}`,
  );
  return figures;
}

/** Stretches of bytes of all pages; every tenth is held out. */
function examples(): Pick<TrainOptions, 'training' | 'held'> {
  const docs = join(import.meta.dirname, '..', 'docs');
  const text = globSync('**/*.md', { cwd: docs })
    .sort()
    .map((file) => readFileSync(join(docs, file), 'utf8'))
    .join('\n');
  const bytes = new TextEncoder().encode(text);
  const all: EncodedExample[] = [];
  for (let at = 0; at + length <= bytes.length; at += length) {
    const tokens = [...bytes.subarray(at, at + length)];
    all.push({ tokens, labels: tokens, targetCount: length - 1 });
  }
  return {
    training: all.filter((_, index) => index % 10 !== 0),
    held: all.filter((_, index) => index % 10 === 0),
  };
}

/** Every tenth loss is enough to see a curve. */
function rounded({ losses, ...run }: Run): object {
  return {
    stateMiB: Number((run.stateBytes / 2 ** 20).toFixed(2)),
    bytesPerParameter: Number(run.bytesPerParameter.toFixed(3)),
    updateMs: Number(run.updateMs.toFixed(2)),
    evalLoss: Number(run.evalLoss.toFixed(4)),
    losses: losses.filter((_, step) => step % 10 === 0).map((loss) => Number(loss.toFixed(3))),
  };
}
