import { describeGolden, readJsonFile } from '@bezoar/golden';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { learningRateAt, type ScheduleName } from './learning-rate.ts';

interface Schedule {
  readonly schedule: string;
  readonly base_lr: number;
  readonly warmup_steps: number | null;
  readonly total_steps: number;
  readonly lr: readonly number[];
  readonly lr_after_end?: number;
}

describeGolden('schedules', (cases) => {
  const schedules = cases.flatMap(({ name, folder }) =>
    readJsonFile<Schedule[]>(join(folder, 'schedules.json')).map((schedule) => ({
      title: `${name}: ${schedule.schedule}, warm-up ${schedule.warmup_steps ?? 0}`,
      schedule,
    })),
  );
  it.each(schedules)('$title', ({ schedule }) => {
    const config = {
      schedule: schedule.schedule.replace('_with_warmup', '') as ScheduleName,
      learningRate: schedule.base_lr,
      warmupSteps: schedule.warmup_steps ?? 0,
    };
    const expected = [
      ...schedule.lr,
      ...(schedule.lr_after_end === undefined ? [] : [schedule.lr_after_end]),
    ];
    expected.forEach((rate, step) => {
      const actual = learningRateAt(config, step, schedule.total_steps);
      expect(Math.abs(actual - rate), `step ${step}`).toBeLessThanOrEqual(1e-9 * Math.abs(rate) + 1e-18);
    });
  });
});
