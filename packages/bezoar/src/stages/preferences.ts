import { BezoarError, type PreferencePair, type RatedCompletion, type RunEvent } from '@bezoar/core';
import {
  preferenceRowSchema,
  ratedRowSchema,
  toPreferencePairs,
  toRatedCompletions,
  type PairOptions,
  type PreferencePairs,
  type PreferenceRow,
} from '@bezoar/formats';
import { streamRowsFiles } from '@bezoar/formats/node';
import type { PromptTemplate } from '@bezoar/qlora';
import type { z } from 'zod';

export interface ReadPairsOptions {
  /** Makes texts of rows that are conversations or instructions. */
  readonly template: PromptTemplate;
  /** Takes the first pairs, or rated completions, only: files are read no further. */
  readonly limit?: number | undefined;
}

type Counts = Readonly<Record<string, number>>;

/** Preference pairs of files, and how many of the rows that were read are none, by reason. Throws BezoarError EMPTY_DATASET. */
export async function readPairs(
  files: readonly string[],
  { template, limit }: ReadPairsOptions,
): Promise<{ pairs: readonly PreferencePair[]; dropped: Counts }> {
  const { items, dropped } = await collect(streamPairs(files, template), { files, limit, wanted: pair });
  return { pairs: items, dropped };
}

/** Rated completions of files, of pairs as well, and how many of the rows that were read are none, by reason. Throws BezoarError EMPTY_DATASET. */
export async function readRated(
  files: readonly string[],
  { template, limit }: ReadPairsOptions,
): Promise<{ rows: readonly RatedCompletion[]; dropped: Counts }> {
  const { items, dropped } = await collect(streamRated(files, template), {
    files,
    limit,
    wanted: completion,
  });
  return { rows: items, dropped };
}

/** Reads all pairs, or for KTO all rated completions, and keeps none. Throws as `readPairs` does. */
export async function checkPreferences(
  files: readonly string[],
  { template, rated = false }: { readonly template: PromptTemplate; readonly rated?: boolean },
): Promise<void> {
  const made = rated ? streamRated(files, template) : streamPairs(files, template);
  await collect<unknown>(made, { files, wanted: rated ? completion : pair, keeps: false });
}

/** Preference pairs of rows. */
export function pairsOf(rows: readonly PreferenceRow[], template: PromptTemplate): PreferencePairs {
  return toPreferencePairs(rows, pairOptions(template));
}

/** What a row is made into: one item or two, or a reason why it is none. */
interface Made<Item> {
  readonly items: readonly Item[];
  readonly dropped: Counts;
}

function streamPairs(
  files: readonly string[],
  template: PromptTemplate,
): AsyncGenerator<Made<PreferencePair>> {
  return convert(files, preferenceRowSchema, (row) => {
    const { pairs, dropped } = pairsOf([row], template);
    return { items: pairs, dropped };
  });
}

function streamRated(
  files: readonly string[],
  template: PromptTemplate,
): AsyncGenerator<Made<RatedCompletion>> {
  return convert(files, ratedRowSchema, (row) => {
    const { rows, dropped } = toRatedCompletions([row], pairOptions(template));
    return { items: rows, dropped };
  });
}

async function* convert<Schema extends z.ZodType, Item>(
  files: readonly string[],
  schema: Schema,
  make: (row: z.output<Schema>) => Made<Item>,
): AsyncGenerator<Made<Item>> {
  for await (const row of streamRowsFiles(files, schema)) yield make(row);
}

/** For the message when there is none. */
interface Wanted {
  readonly name: string;
  readonly advice: string;
}

const pair: Wanted = {
  name: 'preference pair',
  advice: 'A row needs chosen and rejected, and a prompt unless both are transcripts.',
};
const completion: Wanted = {
  name: 'rated completion',
  advice: 'A row needs prompt, completion and label, or a prompt, chosen and rejected.',
};

interface CollectOptions {
  readonly files: readonly string[];
  readonly wanted: Wanted;
  readonly limit?: number | undefined;
  /** True by default. */
  readonly keeps?: boolean;
}

async function collect<Item>(
  made: AsyncIterable<Made<Item>>,
  { files, wanted, limit = Infinity, keeps = true }: CollectOptions,
): Promise<{ readonly items: readonly Item[]; readonly dropped: Counts }> {
  const items: Item[] = [];
  const dropped: Record<string, number> = {};
  let count = 0;
  for await (const { items: some, dropped: reasons } of made) {
    for (const [reason, number] of Object.entries(reasons)) dropped[reason] = (dropped[reason] ?? 0) + number;
    count += some.length;
    if (keeps) items.push(...some);
    if (items.length >= limit) break;
  }
  if (count > 0) return { items: items.slice(0, limit), dropped };
  const message = `${files.join(', ')} has no ${wanted.name}: ${describeCounts(dropped)}.`;
  throw new BezoarError('EMPTY_DATASET', message, { advice: wanted.advice });
}

function pairOptions(template: PromptTemplate): PairOptions {
  return {
    renderAnswer: (request, answer) => template.renderAnswer(request, answer),
    rendered: template.encoding.rendered,
  };
}

/** A warning about rows that were left out; nothing when there are none. */
export function droppedWarning(stage: string, dropped: Counts): RunEvent[] {
  if (Object.keys(dropped).length === 0) return [];
  return [
    {
      type: 'warning',
      stage,
      message: `Rows that are no preference were left out: ${describeCounts(dropped)}.`,
    },
  ];
}

function describeCounts(counts: Counts): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');
}
