import type { Backend, Tensor } from '@bezoar/backend';
import { BezoarError, parseOrThrow } from '@bezoar/core';
import {
  openSafetensors,
  writeSafetensors,
  type FolderSink,
  type FolderSource,
  type SafetensorsFile,
  type TensorSource,
} from '@bezoar/formats';
import { z } from 'zod';
import type { BestModel, BestModelState } from './best-model.ts';
import type { Optimizer } from './optimizer.ts';

/**
 * One file holds all that an exact resume needs: parameters, both moments, the step, a print of what is trained, and the best
 * evaluation with its parameters where they are wanted.
 */
export const stateFile = 'training-state.safetensors';

export interface SaveStateOptions {
  readonly backend: Backend;
  readonly sink: FolderSink;
  readonly optimizer: Optimizer;
  /** Hash of settings and data: a state is only resumed into the same training. */
  readonly fingerprint: string;
  readonly best?: BestModel | undefined;
}

/** Saves whole or not at all: the sink writes beside, syncs and renames. */
export async function saveTrainingState({
  backend,
  sink,
  optimizer,
  fingerprint,
  best,
}: SaveStateOptions): Promise<void> {
  const tensors = optimizer.state.slots.flatMap(({ name, param, moments }): TensorSource[] => {
    const values = best?.state.values.get(name);
    return [
      source(backend, name, param),
      ...Object.entries(moments).map(([suffix, moment]) => source(backend, `${name}.${suffix}`, moment)),
      ...(values === undefined ? [] : [hostSource(`${name}.best`, param.shape, values)]),
    ];
  });
  await writeSafetensors(sink, stateFile, {
    tensors,
    metadata: {
      format: 'bezoar-training-state-1',
      step: String(optimizer.state.step),
      fingerprint,
      ...(best === undefined ? {} : { best: JSON.stringify(bestRecord(best.state)) }),
    },
  });
}

export interface LoadStateOptions {
  readonly backend: Backend;
  readonly folder: FolderSource;
  readonly optimizer: Optimizer;
  readonly fingerprint: string;
  readonly best?: BestModel | undefined;
}

/**
 * Restores a saved state in place and returns the number of updates made, or 0 when there is none.
 * Throws BezoarError BAD_CONFIG when it belongs to another training.
 */
export async function loadTrainingState({
  backend,
  folder,
  optimizer,
  fingerprint,
  best,
}: LoadStateOptions): Promise<number> {
  if (!(await folder.exists(stateFile))) return 0;
  const file = await openSafetensors(await folder.open(stateFile));
  try {
    const metadata = parseOrThrow(metadataSchema, file.metadata, {
      what: `${folder.name}/${stateFile}`,
      code: 'BAD_FILE',
    });
    if (metadata.fingerprint !== fingerprint) {
      throw new BezoarError(
        'BAD_CONFIG',
        `${folder.name} holds the state of another training: data or settings differ.`,
        {
          advice: 'Give the same data and settings to go on, or another folder to start anew.',
        },
      );
    }
    for (const { name, param, moments } of optimizer.state.slots) {
      backend.write(param, await file.readF32(name));
      for (const [suffix, moment] of Object.entries(moments)) {
        const key = `${name}.${suffix}`;
        backend.write(moment, moment.dtype === 'u8' ? await file.readRaw(key) : await file.readF32(key));
      }
    }
    if (best !== undefined && metadata.best !== undefined) {
      const names = optimizer.state.slots.map(({ name }) => name);
      best.state = { ...metadata.best, values: await readBestValues(file, names) };
    }
    optimizer.state.step = metadata.step;
    return metadata.step;
  } finally {
    await file.close();
  }
}

const bestSchema = z.object({
  best: z.object({ step: z.number(), metrics: z.record(z.string(), z.number()) }).optional(),
  stale: z.number(),
});

const metadataSchema = z.object({
  step: z.coerce.number().int().min(0),
  fingerprint: z.string(),
  best: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(bestSchema)
    .optional(),
});

function bestRecord({ best, stale }: BestModelState): z.input<typeof bestSchema> {
  return { best: best && { step: best.step, metrics: finite(best.metrics) }, stale };
}

/** JSON has no NaN, and a metric beside the one that counts may be one. */
function finite(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

async function readBestValues(
  file: SafetensorsFile,
  names: readonly string[],
): Promise<BestModelState['values']> {
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  const kept = new Set(file.names);
  for (const name of names) {
    const key = `${name}.best`;
    if (kept.has(key)) values.set(name, await file.readF32(key));
  }
  return values;
}

function source(backend: Backend, name: string, tensor: Tensor<'f32'> | Tensor<'u8'>): TensorSource {
  return {
    name,
    dtype: tensor.dtype === 'u8' ? 'U8' : 'F32',
    shape: tensor.shape,
    data: async () => new Uint8Array((await backend.download(tensor)).buffer),
  };
}

function hostSource(name: string, shape: readonly number[], values: Float32Array<ArrayBuffer>): TensorSource {
  return { name, dtype: 'F32', shape, data: () => Promise.resolve(new Uint8Array(values.buffer)) };
}
