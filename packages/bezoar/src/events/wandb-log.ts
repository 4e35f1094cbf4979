import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingSink } from './training-logs.ts';

/**
 * `wandb-history.jsonl` and `wandb-summary.json` with the keys that a run of Weights & Biases has: every record as a line, and the latest
 * value of everything.
 */
export function openWandbLog(folder: string): TrainingSink {
  let started: number | undefined;
  let summary: Record<string, number> = {};
  return {
    write({ wallTime, step, scalars }) {
      if (started === undefined) {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder, { recursive: true });
        started = wallTime;
      }
      const row = {
        ...scalars,
        'train/global_step': step,
        _step: step,
        _timestamp: wallTime,
        _runtime: wallTime - started,
      };
      summary = { ...summary, ...row };
      appendFileSync(join(folder, 'wandb-history.jsonl'), `${JSON.stringify(row)}\n`);
      writeFileSync(join(folder, 'wandb-summary.json'), `${JSON.stringify(summary)}\n`);
    },
  };
}
