import type { RunEvent } from '@bezoar/core';
import { openFolder } from '@bezoar/formats/node';
import { parameterSpecs, readModelConfig } from '@bezoar/model';
import os from 'node:os';
import type { TrainingSettings } from '../recipe/recipe.ts';

export interface MemoryNoteOptions {
  /** Of the model. */
  readonly folder: string;
  readonly optimizer: TrainingSettings['optimizer'];
  readonly stage: string;
}

/** Says what training every weight will take, before anything is loaded; a warning where the machine does not have it. */
export async function memoryNote({ folder, optimizer, stage }: MemoryNoteOptions): Promise<RunEvent> {
  const config = await readModelConfig(openFolder(folder));
  const parameters = parameterSpecs(config).reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  // Weight, gradient, and two moments.
  const bytes = parameters * (4 + 4 + (optimizer === 'adamw-8bit' ? 2 : 8));
  const message = `every weight of ${(parameters / 1e6).toFixed(1)} million learns: ${size(bytes)} for weights, gradients and AdamW's moments, and activations beside them`;
  const total = os.totalmem();
  return bytes < total
    ? { type: 'note', stage, message }
    : { type: 'warning', stage, message: `${message}; this machine has ${size(total)}` };
}

function size(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
