import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createRng, type RunEvent } from '@bezoar/core';
import { createLoraAdapter, initModel, parseModelConfig, withAdapter, type CausalLM } from '@bezoar/model';
import type { TrainResult } from '@bezoar/qlora';
import type { EncodedPair } from '../encode-pair.ts';
import type { EncodedRated } from '../encode-rated.ts';
import { encodeSide } from '../encode-side.ts';

export interface TinyPreferences {
  readonly model: CausalLM;
  readonly pairs: readonly EncodedPair[];
  readonly rows: readonly EncodedRated[];
}

interface TinyPreferencesOptions {
  readonly backend?: Backend;
  readonly modulesToSave?: readonly string[] | undefined;
}

/** A one-layer model with a fresh adapter (the identity), and answers of which the good ones end in 18, the bad ones in 19. */
export function tinyPreferences({
  backend = createReferenceBackend(),
  modulesToSave,
}: TinyPreferencesOptions = {}): TinyPreferences {
  const shape = {
    vocab_size: 20,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 1,
    num_attention_heads: 2,
  };
  const base = initModel({
    config: parseModelConfig({ model_type: 'llama', max_position_embeddings: 32, ...shape }),
    backend,
    rng: createRng(1),
    std: 0.3,
  });
  const adapter = createLoraAdapter({
    model: base,
    config: {
      r: 2,
      loraAlpha: 4,
      loraDropout: 0.5,
      targetModules: ['q_proj', 'v_proj', 'up_proj'],
      modulesToSave,
      useRslora: false,
    },
    rng: createRng(2),
  });
  const rng = createRng(3);
  const words = (): number[] => Array.from({ length: 2 + rng.int(3) }, () => rng.int(18));
  const texts = Array.from({ length: 5 }, () => ({
    prompt: words(),
    chosen: [...words(), 18],
    rejected: [...words(), 19],
  }));
  return {
    model: withAdapter(base, adapter),
    pairs: texts.map(({ prompt, chosen, rejected }, index) => ({
      id: String(index),
      chosen: encodeSide(prompt, chosen),
      rejected: encodeSide(prompt, rejected),
    })),
    rows: texts.flatMap(({ prompt, chosen, rejected }, index) => {
      const other = texts[(index + texts.length - 1) % texts.length]!;
      return [
        {
          id: `${index}-chosen`,
          label: true,
          side: encodeSide(prompt, chosen),
          mismatched: encodeSide(prompt, other.chosen),
        },
        {
          id: `${index}-rejected`,
          label: false,
          side: encodeSide(prompt, rejected),
          mismatched: encodeSide(prompt, other.rejected),
        },
      ];
    }),
  };
}

/** Runs a training to its end, or until `stop` says so of an event: then it is interrupted as by Ctrl-C. */
export async function collectTraining(
  start: (signal: AbortSignal) => AsyncGenerator<RunEvent, TrainResult>,
  stop: (event: RunEvent) => boolean = () => false,
): Promise<{ events: RunEvent[]; result?: TrainResult }> {
  const controller = new AbortController();
  const events: RunEvent[] = [];
  const run = start(controller.signal);
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

export async function adapterValues({ adapter, backend }: CausalLM): Promise<number[]> {
  const tensors = [...adapter!.modules.values()].flatMap(({ a, b }) => [a, b]);
  return (
    await Promise.all(tensors.map(async (tensor) => Array.from(await backend.download(tensor))))
  ).flat();
}
