import { seedSchema } from '@bezoar/core';
import { trainingRowSchema, type TrainingRow } from '@bezoar/formats';
import { seedText } from '@bezoar/datagen';
import { z } from 'zod';

export interface SeedSizes {
  /** Mean characters of an instruction, and of what it is about with it. */
  readonly instruction: number;
  readonly whole: number;
  /** Of the seeds' own answers; undefined where most have none. */
  readonly response: number | undefined;
  readonly texts: readonly string[];
}

/** Rows that are no seeds do not count: the run itself will name them. */
export function seedSizes(sample: readonly unknown[]): SeedSizes {
  const seeds = sample.flatMap((row) => seedSchema.safeParse(row).data ?? []);
  const answers = seeds.flatMap(({ response }) => (response === undefined ? [] : [response]));
  const texts = seeds.map(seedText);
  return {
    instruction: meanLength(seeds.map(({ instruction }) => instruction)),
    whole: meanLength(texts),
    response: answers.length > seeds.length / 2 ? meanLength(answers) : undefined,
    texts,
  };
}

/** Mean characters of what rows ask and of what they answer. */
export function rowSizes(sample: readonly unknown[]): {
  readonly prompt: number;
  readonly response: number;
  readonly texts: readonly string[];
} {
  const parts = sample.flatMap((row) => {
    const training = trainingRowSchema.safeParse(row).data;
    const pair = pairSchema.safeParse(row).data;
    return training !== undefined
      ? [partsOf(training)]
      : pair === undefined
        ? []
        : [[pair.prompt, pair.chosen] as const];
  });
  return {
    prompt: meanLength(parts.map(([prompt]) => prompt)),
    response: meanLength(parts.map(([, response]) => response)),
    texts: parts.map(([prompt, response]) => `${prompt}\n${response}`),
  };
}

/** One side of a pair; a transcript has its prompt in it. */
const pairSchema = z.object({ prompt: z.string().default(''), chosen: z.string() });

function partsOf(row: TrainingRow): [string, string] {
  if (row.kind === 'text') return [row.prompt, row.completion];
  if (row.kind === 'instruction')
    return [[row.system ?? '', row.instruction, row.input ?? ''].join('\n').trim(), row.response];
  const said = (isAnswer: boolean): string =>
    row.turns
      .filter(({ role }) => (role === 'assistant') === isAnswer)
      .map(({ content }) => content)
      .join('\n');
  return [said(false), said(true)];
}

/** NaN of no texts. */
export function meanLength(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
}
