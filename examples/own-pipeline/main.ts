/**
 * A pipeline without the command line: LaMini over HTTP under a budget, cleaning, two judges, Parquet. Run it twice: the second
 * time the ledger answers every call. A server on loopback stands in for the provider.
 */
import { finishJob } from '@bezoar/core';
import { cleanRows, dedupeStep, filterByLength, laMini, parseSeeds } from '@bezoar/datagen';
import { instructionRowColumns, writeParquet } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import { filterRows } from '@bezoar/judge';
import {
  createOpenAiModel,
  createScheduler,
  openLedger,
  withLedger,
  withScheduler,
  type ChatModel,
} from '@bezoar/llm';
import { startChatServer } from '@bezoar/llm/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PipelineResult {
  readonly rows: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly calls: number;
  /** US dollars. */
  readonly cost: number;
}

/** `folder` gets the ledger and the rows. */
export async function pipeline(folder: string, baseURL: string): Promise<PipelineResult> {
  const ledger = openLedger({ path: join(folder, 'calls.sqlite') });
  const prices = { 'demo-*': { input: 0.5, output: 1.5 } };
  const scheduler = createScheduler({ budget: 1, prices, limits: { requestsPerMinute: 6000 } });
  const open = (model: string, stage: string): ChatModel =>
    withLedger(withScheduler(createOpenAiModel({ model, baseURL }), scheduler), ledger, { stage });

  const seeds = parseSeeds(
    ['Name a bird.', 'Where do owls live?', 'What do ducks eat?'].map((instruction) => ({ instruction })),
    { what: 'seeds' },
  );
  const model = open('demo-teacher', 'lamini');
  const made = [];
  for await (const row of laMini({ model, seeds, count: 12, topics: ['birds'], maxTokens: 200 }))
    made.push(row);

  const steps = [filterByLength({ minWords: 3 }), dedupeStep({ method: 'rouge-l' })];
  const clean = await finishJob(cleanRows({ rows: made, steps }));
  const judges = ['strict', 'mild'].map((name) => ({ name, model: open(`demo-${name}`, 'filter') }));
  const kept = await finishJob(filterRows({ rows: clean.rows, judges, decide: 'all' }));

  await writeParquet(folderSink(join(folder, 'data')), 'train-00000-of-00001.parquet', {
    rows: kept.rows,
    columns: instructionRowColumns,
  });
  const { calls, cost } = ledger.stats();
  ledger.close();
  return {
    rows: kept.rows.length,
    dropped: { ...clean.funnel.dropped, ...kept.funnel.dropped },
    calls,
    cost,
  };
}

/** What the provider would answer. */
export function demoReply({ body, messages }: DemoRequest): string {
  const text = messages.at(-1)?.content ?? '';
  if (body['model'] !== 'demo-teacher') {
    const strict = body['model'] === 'demo-strict' && text.includes('robin');
    return JSON.stringify({
      status: strict ? 'reject' : 'accept',
      rating: strict ? 3 : 8,
      reason: 'Looked at it.',
    });
  }
  if (!text.includes('<example>')) return text.includes('owl') ? 'No.' : `This is an answer to: ${text}`;
  const birds = ['robin', 'owl', 'heron', 'kite', 'swift', 'crane'];
  const verbs = ['sing', 'nest', 'migrate', 'hunt', 'sleep', 'moult', 'court', 'fight'];
  return birds
    .map(
      (bird, place) =>
        `<example>Why does the ${bird} ${verbs[(Number(body['seed']) + place) % verbs.length]!}?</example>`,
    )
    .join('\n');
}

interface DemoRequest {
  readonly body: Readonly<Record<string, unknown>>;
  readonly messages: readonly { readonly content: string }[];
}

if (import.meta.main) {
  const folder = await mkdtemp(join(tmpdir(), 'bezoar-pipeline-'));
  const server = await startChatServer({ reply: demoReply });
  console.log(await pipeline(folder, server.url));
  await server.close();
  await rm(folder, { recursive: true });
}
