import type { Tensor } from '@bezoar/backend';
import type { CausalLM } from '../causal-lm.ts';
import type { EmbeddingNoise } from '../forward/embedding-noise.ts';
import { backward, forward } from '../forward/forward.ts';
import { headGradient, type GradientSink } from '../forward/pass-context.ts';
import type { LoraDropout } from '../lora/lora-adapter.ts';
import { createTokenBatch, type TokenSequence } from '../token-batch.ts';
import { createWorkspace } from '../workspace.ts';
import { randomTokens } from './tiny-model.ts';

export interface LossOptions {
  readonly sequences: readonly TokenSequence[];
  readonly keep?: 'everything' | 'layer-inputs';
  readonly dropout?: LoraDropout;
  readonly noise?: EmbeddingNoise;
}

/** Everything that an adapter trains, by name: `<layer>.a`, `<layer>.b`, `<layer>.magnitude`, and whole parameters by their checkpoint names. */
function adapterTensors({ adapter }: CausalLM): Map<string, Tensor<'f32'>> {
  const tensors = new Map<string, Tensor<'f32'>>(adapter!.saved);
  for (const { name, a, b, dora } of adapter!.modules.values()) {
    tensors.set(`${name}.a`, a).set(`${name}.b`, b);
    if (dora !== undefined) tensors.set(`${name}.magnitude`, dora.magnitude);
  }
  return tensors;
}

/** Mean cross-entropy with the gradients of all that the adapter trains. */
export async function lossAndGradients(
  model: CausalLM,
  { sequences, keep = 'everything', ...random }: LossOptions,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const { backend } = model;
  const workspace = createWorkspace(backend);
  const batch = createTokenBatch({ backend, sequences, vocabSize: 40, maxPositions: 64 });
  const zeros = new Map(
    Array.from(adapterTensors(model), ([name, { shape }]) => [name, backend.alloc('f32', shape)]),
  );
  const sink: GradientSink = {
    adapter: new Map(
      Array.from(model.adapter!.modules.keys(), (name) => [
        name,
        { a: zeros.get(`${name}.a`)!, b: zeros.get(`${name}.b`)!, magnitude: zeros.get(`${name}.magnitude`) },
      ]),
    ),
    full: new Map(Array.from(model.adapter!.saved.keys(), (name) => [name, zeros.get(name)!])),
  };
  const pass = forward({ model, batch, workspace, keep, ...random });
  const logProbs = workspace.take('f32', [batch.tokens]);
  const dHidden = workspace.take('f32', pass.hidden.shape);
  backend.linearCrossEntropy({
    hidden: pass.hidden,
    weight: model.lmHead,
    targets: batch.targets,
    logProbs,
    gradient: { dLogProbs: -1 / batch.targetCount, dHidden, ...headGradient(model, sink) },
  });
  backward({ pass, batch, dHidden, gradients: sink });
  const loss =
    -(await backend.download(logProbs)).reduce((sum, value) => sum + value, 0) / batch.targetCount;
  const gradients = new Map<string, Float32Array>();
  for (const [name, tensor] of zeros) {
    gradients.set(name, await backend.download(tensor));
    tensor.dispose();
  }
  workspace.release(logProbs, dHidden);
  workspace.dispose();
  batch.dispose();
  return { loss, gradients };
}

/**
 * The first disagreement of the gradients with central differences, in words, or undefined where all agree. Every tensor is
 * tried where its gradient is greatest.
 */
export async function gradientDisagreement(model: CausalLM, options: LossOptions): Promise<string | undefined> {
  const { backend } = model;
  const { gradients } = await lossAndGradients(model, options);
  const step = 2e-3;
  for (const [name, tensor] of adapterTensors(model)) {
    const gradient = gradients.get(name)!;
    const index = greatest(gradient);
    const values = await backend.download(tensor);
    const original = values[index]!;
    const lossAt = async (value: number): Promise<number> => {
      values[index] = value;
      backend.write(tensor, values);
      return (await lossAndGradients(model, options)).loss;
    };
    const numeric = ((await lossAt(original + step)) - (await lossAt(original - step))) / (2 * step);
    values[index] = original;
    backend.write(tensor, values);
    if (Math.abs(gradient[index]! - numeric) > 1e-3 + 0.02 * Math.abs(numeric))
      return `${name}[${index}]: ${gradient[index]}, numerically ${numeric}`;
  }
  return undefined;
}

function greatest(values: Float32Array): number {
  return values.reduce((best, value, index) => (Math.abs(value) > Math.abs(values[best]!) ? index : best), 0);
}

/** Random tokens of which two in three are targets. */
export function randomSequence(length: number, seed: number): TokenSequence {
  const tokens = randomTokens(length, seed);
  return { tokens, labels: tokens.map((token, index) => (index % 3 === 0 ? -100 : token)) };
}
