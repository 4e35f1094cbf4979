import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LogChoice } from '../recipe/recipe.ts';
import type { LoggedEvent } from './event-log.ts';
import { openTensorboardLog } from './tensorboard-log.ts';
import { createTrainingRecorder, type TrainingRecord, type TrainingRecorder } from './training-record.ts';
import { openWandbLog } from './wandb-log.ts';

/** Where the records of one training go. */
export interface TrainingSink {
  write(record: TrainingRecord): void;
}

/** The kinds, each with a folder of its name in the run folder, which has one folder for each stage. */
const sinks: Readonly<Record<keyof LogChoice, (folder: string) => TrainingSink>> = {
  tensorboard: openTensorboardLog,
  wandb: openWandbLog,
};

export interface TrainingLogOptions {
  readonly runDir: string;
  readonly kinds: LogChoice;
  /** Of earlier runs in the same folder. */
  readonly earlier: readonly LoggedEvent[];
}

/**
 * Writes what trainings report for the viewers of other tools, beside `events.jsonl` and from it. A stage that goes on begins its files
 * anew with the steps before the first one that it makes, so that no step is in them twice, even after a kill.
 */
export function createTrainingLogs({ runDir, kinds, earlier }: TrainingLogOptions): {
  write(event: LoggedEvent): void;
} {
  const chosen = (Object.keys(sinks) as (keyof LogChoice)[]).filter((kind) => kinds[kind]);
  if (chosen.length === 0) return { write: () => undefined };
  const open = new Map<string, { readonly recorder: TrainingRecorder; readonly sinks: TrainingSink[] }>();
  const folderOf = (kind: string, stage: string): string => join(runDir, kind, stage);
  const anew = new Set<string>();
  const past = (stage: string): readonly LoggedEvent[] => {
    if (anew.has(stage)) return [];
    const own = earlier.filter((event) => event.stage === stage);
    return own.slice(
      own.findLastIndex((event) => event.type === 'stage-start' && event.detail === 'new') + 1,
    );
  };
  return {
    write(event) {
      const { stage } = event;
      if (event.type === 'stage-start' && event.detail === 'new') {
        anew.add(stage);
        for (const kind of chosen) rmSync(folderOf(kind, stage), { recursive: true, force: true });
      }
      if (event.type !== 'train-step' && event.type !== 'evaluation') return;
      let log = open.get(stage);
      let events = [event];
      if (log === undefined) {
        // Scores of models are no training.
        if (
          event.type === 'evaluation' &&
          !Object.keys(event.metrics).some((name) => name.startsWith('eval_'))
        )
          return;
        log = {
          recorder: createTrainingRecorder(),
          sinks: chosen.map((kind) => sinks[kind](folderOf(kind, stage))),
        };
        open.set(stage, log);
        events = [
          ...past(stage).filter((old) => 'step' in old && old.step < event.step),
          event,
        ] as typeof events;
      }
      for (const each of events) {
        const record = log.recorder.record(each);
        if (record !== undefined) log.sinks.forEach((sink) => sink.write(record));
      }
    },
  };
}
