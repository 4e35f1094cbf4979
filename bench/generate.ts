/**
 * Generation by a model of OpenLLaMA-3B's size (NF4 base with double quantisation, f32 embeddings and head, random weights):
 * tokens per second of one row after a short prompt. The limit beside it: every weight is read once a token, so the
 * machine's bandwidth for reading, measured by a sum of squares over memory that fits into no cache, bounds the rate.
 * Options: --layers 26 --tokens 24 --rows 1,4 (rows that are generated together) --precision f32,bf16
 */
import { parseArgs } from 'node:util';
import type { Backend } from '@bezoar/backend';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { createRng } from '@bezoar/core';
import { generateTokens, type CausalLM } from '@bezoar/model';
import { openLlama3b } from './shared/open-llama-3b.ts';
import { randomModel } from './shared/random-model.ts';

export async function run(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      layers: { type: 'string', default: '26' },
      tokens: { type: 'string', default: '24' },
      rows: { type: 'string', default: '1,4' },
      precision: { type: 'string', default: 'f32,bf16' },
    },
  });
  const precisions: Record<string, object> = {};
  for (const precision of ['f32', 'bf16'] as const) {
    if (values.precision.split(',').includes(precision))
      precisions[precision] = await generateIn(precision, values);
  }
  return precisions;
}

interface Settings {
  readonly layers: string;
  readonly tokens: string;
  readonly rows: string;
}

async function generateIn(precision: 'f32' | 'bf16', values: Settings): Promise<object> {
  const backend = await createCpuBackend({ precision });
  const bytesPerSecond = await readBandwidth(backend);
  const model = randomModel(backend, openLlama3b(Number(values.layers)));
  // The embedding is not read but for one row.
  const bytesPerToken = backend.memory().live - 4 * model.config.vocabSize * model.config.hiddenSize;
  const bound = bytesPerSecond / bytesPerToken;
  const rows: Record<string, object> = {};
  for (const count of values.rows.split(',').map(Number)) {
    const perSecond = await stepsPerSecond(model, { count, tokens: Number(values.tokens) });
    rows[`rows${count}`] = {
      tokensPerSecond: count * perSecond,
      stepsPerSecond: perSecond,
      shareOfBandwidthBound: perSecond / bound,
    };
  }
  const description = backend.capabilities.description;
  await backend.dispose();
  return {
    backend: description,
    readBandwidthGBPerSecond: bytesPerSecond / 1e9,
    weightGBPerToken: bytesPerToken / 1e9,
    boundTokensPerSecond: bound,
    ...rows,
  };
}

async function readBandwidth(backend: Backend): Promise<number> {
  const values = 2 ** 28;
  const tensor = backend.alloc('f32', [values]);
  const out = backend.alloc('f32', [1]);
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    backend.sumOfSquares({ tensors: [tensor], out });
    await backend.synchronize();
    best = Math.min(best, (performance.now() - started) / 1000);
  }
  tensor.dispose();
  out.dispose();
  return (4 * values) / best;
}

/** Without the prompt's pass: the difference between a long and a short generation. */
async function stepsPerSecond(
  model: CausalLM,
  { count, tokens }: { readonly count: number; readonly tokens: number },
): Promise<number> {
  const rng = createRng(3);
  const prompts = Array.from({ length: count }, () => Array.from({ length: 16 }, () => 3 + rng.int(30_000)));
  const seconds = async (maxNewTokens: number): Promise<number> => {
    const started = performance.now();
    await generateTokens(model, { prompts, maxNewTokens });
    return (performance.now() - started) / 1000;
  };
  await seconds(2);
  const [short, long] = [await seconds(2), await seconds(2 + tokens)];
  return tokens / (long - short);
}
