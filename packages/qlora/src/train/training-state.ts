import type { Backend, Tensor } from '@bezoar/backend';
import { BezoarError, parseOrThrow } from '@bezoar/core';
import {
  openSafetensors,
  writeSafetensors,
  type FolderSink,
  type FolderSource,
  type TensorSource,
} from '@bezoar/formats';
import { z } from 'zod';
import type { Optimizer } from './optimizer.ts';

/** One file holds all that an exact resume needs: parameters, both moments, the step, and a print of what is trained. */
export const stateFile = 'training-state.safetensors';

export interface SaveStateOptions {
  readonly backend: Backend;
  readonly sink: FolderSink;
  readonly optimizer: Optimizer;
  /** Hash of settings and data: a state is only resumed into the same training. */
  readonly fingerprint: string;
}

/** Saves whole or not at all: the sink writes beside, syncs and renames. */
export async function saveTrainingState({
  backend,
  sink,
  optimizer,
  fingerprint,
}: SaveStateOptions): Promise<void> {
  const tensors = optimizer.state.slots.flatMap(({ name, param, m, v }): TensorSource[] => [
    source(backend, name, param),
    source(backend, `${name}.exp_avg`, m),
    source(backend, `${name}.exp_avg_sq`, v),
  ]);
  await writeSafetensors(sink, stateFile, {
    tensors,
    metadata: { format: 'bezoar-training-state-1', step: String(optimizer.state.step), fingerprint },
  });
}

export interface LoadStateOptions {
  readonly backend: Backend;
  readonly folder: FolderSource;
  readonly optimizer: Optimizer;
  readonly fingerprint: string;
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
}: LoadStateOptions): Promise<number> {
  if (!(await folder.exists(stateFile))) return 0;
  const file = await openSafetensors(await folder.open(stateFile));
  try {
    const metadata = parseOrThrow(
      z.object({ step: z.coerce.number().int().min(0), fingerprint: z.string() }),
      file.metadata,
      { what: `${folder.name}/${stateFile}`, code: 'BAD_FILE' },
    );
    if (metadata.fingerprint !== fingerprint) {
      throw new BezoarError(
        'BAD_CONFIG',
        `${folder.name} holds the state of another training: data or settings differ.`,
        {
          advice: 'Give the same data and settings to go on, or another folder to start anew.',
        },
      );
    }
    for (const { name, param, m, v } of optimizer.state.slots) {
      backend.write(param, await file.readF32(name));
      backend.write(m, await file.readF32(`${name}.exp_avg`));
      backend.write(v, await file.readF32(`${name}.exp_avg_sq`));
    }
    optimizer.state.step = metadata.step;
    return metadata.step;
  } finally {
    await file.close();
  }
}

function source(backend: Backend, name: string, tensor: Tensor): TensorSource {
  return {
    name,
    dtype: 'F32',
    shape: tensor.shape,
    data: async () => new Uint8Array((await backend.download(tensor)).buffer),
  };
}
