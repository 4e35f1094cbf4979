/**
 * A process that trains on the fake GPU in a group, with or without NCCL: `node train-on-fake-gpu.ts host|nccl STEPS`. Prints a line of JSON for every
 * step, and one at the end with the adapter.
 */
import { createCudaBackend } from '@bezoar/backend-cuda';
import { BezoarError, createRng } from '@bezoar/core';
import { joinGroup, readGroupPlace } from '@bezoar/distributed';
import { createLoraAdapter, initModel, parseModelConfig, withAdapter } from '@bezoar/model';
import { trainSft } from '@bezoar/qlora';
import { fileURLToPath } from 'node:url';

const [way, steps] = process.argv.slice(2);
const kernels = new URL('../../../backend-cuda/lib/fake/', import.meta.url);
const at = (name: string): string => fileURLToPath(new URL(name, kernels));
const nccl = at(way === 'nccl' ? 'libnccl.so' : 'none.so');
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const backend = await createCudaBackend({ library: at('libcuda.so'), kernels, nccl });
const config = parseModelConfig({
  model_type: 'llama',
  vocab_size: 20,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 32,
});
const base = initModel({ config, backend, rng: createRng(1), std: 0.3 });
const adapter = createLoraAdapter({
  model: base,
  config: { r: 4, loraAlpha: 8, loraDropout: 0.1, targetModules: ['q_proj', 'v_proj'], useRslora: false },
  rng: createRng(2),
});
const rng = createRng(3);
const examples = Array.from({ length: 8 }, () => {
  const tokens = Array.from({ length: 12 }, () => rng.int(20));
  return { tokens, labels: tokens.map((token, index) => (index < 2 ? -100 : token)), targetCount: 10 };
});
const group = await joinGroup(readGroupPlace(process.env)!);
try {
  const training = { batchSize: 2, gradientAccumulation: 2, maxSteps: Number(steps), learningRate: 5e-3 };
  for await (const event of trainSft({ model: withAdapter(base, adapter), examples, config: training, group })) {
    if (event.type === 'note') say({ note: event.message });
    if (event.type === 'train-step') say({ step: event.step, loss: event.loss, gradNorm: event.gradNorm });
  }
  const values = [];
  for (const { a, b } of adapter.modules.values()) values.push(...(await backend.download(a)), ...(await backend.download(b)));
  say({ values });
  await group.close();
  await backend.dispose();
} catch (error) {
  await group.close(error);
  if (!BezoarError.isInstance(error)) throw error;
  say({ code: error.code, message: error.message });
  process.exitCode = 1;
}
