import type { RunEvent, TrainStepEvent } from '@bezoar/core';
import { withAdapter, type CausalLM } from '@bezoar/model';
import type { TrainResult } from '../train/run-training.ts';
import { trainSft, type TrainSftOptions } from '../train/train-sft.ts';

/** Runs a training to its end, or until `stop` says so of an event: then it is interrupted as by Ctrl-C. */
export async function collectTraining(
  options: TrainSftOptions,
  stop: (event: RunEvent) => boolean = () => false,
): Promise<{ events: RunEvent[]; result?: TrainResult }> {
  const controller = new AbortController();
  const events: RunEvent[] = [];
  const run = trainSft({ ...options, signal: controller.signal });
  try {
    for (;;) {
      const next = await run.next();
      if (next.done === true) return { events, result: next.value };
      events.push(next.value);
      if (stop(next.value)) controller.abort();
    }
  } catch (error) {
    if (controller.signal.aborted) return { events };
    throw error;
  }
}

export function stepLosses(events: readonly RunEvent[]): number[] {
  return events.filter((event): event is TrainStepEvent => event.type === 'train-step').map(({ loss }) => loss);
}

export async function adapterValues({ adapter, backend }: CausalLM): Promise<number[]> {
  const tensors = [...adapter!.modules.values()].flatMap(({ a, b }) => [a, b]);
  return (await Promise.all(tensors.map(async (tensor) => Array.from(await backend.download(tensor))))).flat();
}

/** The model with an adapter that drops nothing. */
export function withoutDropout(model: CausalLM): CausalLM {
  return withAdapter(model, { ...model.adapter!, config: { ...model.adapter!.config, loraDropout: 0 } });
}
