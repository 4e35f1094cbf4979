import { tensorboardHeader, tensorboardScalars } from '@bezoar/formats';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingSink } from './training-logs.ts';

/** A TensorBoard event file, alone in its folder; each record is in it when it happens. */
export function openTensorboardLog(folder: string): TrainingSink {
  let path: string | undefined;
  return {
    write(record) {
      if (path === undefined) {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder, { recursive: true });
        // TensorBoard reads files in the order of their names and looks for tfevents in them.
        path = join(folder, `events.out.tfevents.${Math.floor(record.wallTime)}.bezoar`);
        appendFileSync(path, tensorboardHeader(record.wallTime));
      }
      appendFileSync(path, tensorboardScalars(record));
    },
  };
}
