import type { RunEvent } from '@bezoar/core';

/** Says how long a stage will take, from its pace of late. */
export interface Eta {
  /** Seconds; undefined while nobody can know. */
  update(event: RunEvent): number | undefined;
}

/** Short enough to follow a change of pace, long enough for slow calls. */
const windowMs = 60_000;
/** Resumed work goes through what was done before in no time: a pace needs some time and some steps. */
const leastMs = 2000;
const leastSteps = 3;

export function createEta(now: () => number): Eta {
  let stage: string | undefined;
  let marks: { readonly at: number; readonly done: number }[] = [];
  return {
    update(event) {
      const place = placeOf(event);
      if (place === undefined) return undefined;
      const at = now();
      if (event.stage !== stage) marks = [];
      stage = event.stage;
      marks.push({ at, done: place.done });
      while (marks.length > leastSteps + 1 && at - marks[1]!.at > windowMs) marks.shift();
      const first = marks[0]!;
      const elapsed = at - first.at;
      const steps = place.done - first.done;
      if (elapsed < leastMs || steps < leastSteps || place.done >= place.total) return undefined;
      return ((place.total - place.done) * elapsed) / steps / 1000;
    },
  };
}

function placeOf(event: RunEvent): { readonly done: number; readonly total: number } | undefined {
  if (event.type === 'train-step') return { done: event.step, total: event.totalSteps };
  if (event.type !== 'progress' || event.total === undefined) return undefined;
  return { done: event.done, total: event.total };
}
