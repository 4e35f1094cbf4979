/**
 * A whole model of OpenLLaMA-3B's size from an fp16 checkpoint of 6.85 GB with random weights (written first, into the
 * folder for temporary files): peak memory of the process while it is loaded as NF4 with double quantisation, and of
 * training steps of 1 × 512 tokens with LoRA r 16 on q, k, v; seconds of the whole step beside it. Each row is a process.
 * Options: --tokens 512 --layers 26 --precision f32,bf16 --keep FOLDER (the checkpoint stays there and is used again)
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { createRng } from '@bezoar/core';
import { f32ToF16, writeJson, writeShardedCheckpoint } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import {
  createLoraAdapter,
  createWorkspace,
  loadModel,
  parameterSpecs,
  serializeModelConfig,
  withAdapter,
} from '@bezoar/model';
import { adapterTrainable, createAdamW, defaultAdamW, stepGradients } from '@bezoar/qlora';
import { openLlama3b } from './shared/open-llama-3b.ts';

const options = {
  tokens: { type: 'string', default: '512' },
  layers: { type: 'string', default: '26' },
  precision: { type: 'string', default: 'f32,bf16' },
  keep: { type: 'string' },
  /** Of a child: what it measures. */
  child: { type: 'string' },
  folder: { type: 'string' },
} as const;

export async function run(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({ args: [...args], options });
  const [tokens, layers] = [Number(values.tokens), Number(values.layers)];
  if (values.child !== undefined) return measure({ folder: values.folder!, tokens, precision: values.child });
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'bezoar-memory-'));
  try {
    if (!existsSync(join(folder, 'config.json'))) await writeCheckpoint(folder, layers);
    const results: Record<string, unknown> = { tokens, layers };
    for (const precision of values.precision.split(',')) {
      const child = ['--child', precision, '--folder', folder, '--tokens', values.tokens];
      const script = `console.log(JSON.stringify(await (await import(${JSON.stringify(import.meta.url)})).run(${JSON.stringify(child)})))`;
      const out = execFileSync(process.execPath, [
        '--conditions=@bezoar/source',
        '--input-type=module',
        '-e',
        script,
      ]);
      results[precision] = JSON.parse(out.toString());
    }
    return results;
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true });
  }
}

/** fp16, with the same million random numbers again and again. */
async function writeCheckpoint(folder: string, layers: number): Promise<void> {
  const config = openLlama3b(layers);
  const rng = createRng('weights');
  const block = new Uint8Array(
    f32ToF16(Float32Array.from({ length: 2 ** 20 }, () => (rng.next() + rng.next() - 1) * 0.05)).buffer,
  );
  const tensors = parameterSpecs(config).map(({ name, shape, role }) => ({
    name,
    shape,
    dtype: 'F16' as const,
    data(): Uint8Array {
      const count = shape.reduce((size, dim) => size * dim, 1);
      if (role === 'norm') return new Uint8Array(f32ToF16(new Float32Array(count).fill(1)).buffer);
      const bytes = new Uint8Array(2 * count);
      for (let at = 0; at < bytes.length; at += block.length)
        bytes.set(block.subarray(0, Math.min(block.length, bytes.length - at)), at);
      return bytes;
    },
  }));
  await writeShardedCheckpoint(folderSink(folder), tensors);
  await writeJson(folderSink(folder), 'config.json', serializeModelConfig(config, 'float32'));
}

interface Measurement {
  readonly folder: string;
  readonly tokens: number;
  readonly precision: string;
}

async function measure({ folder, tokens, precision }: Measurement): Promise<object> {
  const backend = await createCpuBackend({ precision: precision as 'f32' | 'bf16' });
  const before = performance.now();
  const base = await loadModel({ folder: openFolder(folder), backend, weights: 'nf4-dq' });
  const secondsToLoad = (performance.now() - before) / 1000;
  const loadPeakRssGB = peakGB();
  const modelGB = backend.memory().live / 1e9;
  const targetModules = ['q_proj', 'k_proj', 'v_proj'];
  const config = { r: 16, loraAlpha: 16, loraDropout: 0.05, targetModules, useRslora: false };
  const model = withAdapter(base, createLoraAdapter({ model: base, config, rng: createRng(1) }));
  const trainable = adapterTrainable(model);
  const optimizer = createAdamW({ backend, trainable, config: defaultAdamW });
  const workspace = createWorkspace(backend);
  const rng = createRng(2);
  const ids = Array.from({ length: tokens }, () => rng.int(base.config.vocabSize));
  const micro = [[{ tokens: ids, labels: ids, targetCount: tokens - 1 }]];
  const steps: Record<string, object> = {};
  for (const gradientCheckpointing of [true, false]) {
    const seconds: number[] = [];
    for (let step = 1; step <= 2; step++) {
      const started = performance.now();
      await stepGradients({
        model,
        trainable,
        workspace,
        config: { gradientCheckpointing, seed: 0 },
        step,
        micro,
      });
      await backend.synchronize();
      seconds.push((performance.now() - started) / 1000);
    }
    steps[gradientCheckpointing ? 'checkpointing' : 'noCheckpointing'] = {
      peakRssGB: peakGB(),
      backendPeakGB: backend.memory().peak / 1e9,
      secondsPerStep: Math.min(...seconds),
      tokensPerSecond: tokens / Math.min(...seconds),
    };
  }
  optimizer.dispose();
  const description = backend.capabilities.description;
  await backend.dispose();
  return { backend: description, secondsToLoad, loadPeakRssGB, modelGB, ...steps };
}

/** Of the process, since it began; the kernel counts kibibytes. */
function peakGB(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e9;
}
