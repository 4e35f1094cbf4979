import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructionRows } from '../__fixtures__/sample-rows.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';
import { loadRecipe } from '../recipe/load-recipe.ts';
import { forecastRecipe, type ForecastOptions } from './forecast-recipe.ts';
import type { Forecast, StageForecast } from './forecast.ts';
import { forecastText } from './forecast-text.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const seeds = Array.from({ length: 50 }, (_, index) => ({ instruction: `Say what ${index} is, in words.` }));
const pairs = Array.from({ length: 30 }, (_, index) => ({
  prompt: `How many is ${index}?`,
  chosen: `It is ${index}.`,
  rejected: 'Nobody knows.',
}));
beforeAll(async () => {
  await writeTinyModel(join(folder.path, 'tiny'));
  mkdirSync(join(folder.path, 'bare'));
  writeFileSync(join(folder.path, 'bare/config.json'), JSON.stringify(llama));
  folder.jsonl('seeds.jsonl', seeds);
  folder.jsonl(
    'flan.jsonl',
    seeds.map(({ instruction }) => ({ inputs: instruction, targets: 'words', task_source: 'CoT' })),
  );
  folder.jsonl('rows.jsonl', instructionRows);
  folder.jsonl('pairs.jsonl', pairs);
  folder.jsonl(
    'facts.jsonl',
    [1, 2, 3].map((n) => ({ question: `What is ${n}?`, answer: `${n}` })),
  );
  folder.jsonl(
    'questions.jsonl',
    [1, 2].map((id) => ({ question_id: id, category: 'math', turns: ['One?', 'Two?'] })),
  );
});

/** config.json alone. */
const llama = {
  model_type: 'llama',
  vocab_size: 1000,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 512,
};

async function forecast(
  lines: readonly string[],
  { base = './tiny', ...options }: Partial<ForecastOptions> & { readonly base?: string } = {},
): Promise<Forecast> {
  const file = folder.file('recipe.yaml', ['name: planned', `base: ${base}`, ...lines].join('\n'));
  const { recipe, resolve } = await loadRecipe(file);
  return forecastRecipe({
    ...{ recipe, resolve, runDir: join(folder.path, 'runs'), free: { bytes: 8e9, where: 'here' } },
    env: { HF_HOME: join(folder.path, 'hub'), XDG_CACHE_HOME: join(folder.path, 'cache') },
    offline: true,
    tokensPerSecond: 100,
    ...options,
  });
}

const stageOf = ({ stages }: Forecast, id: string): StageForecast => stages.find((each) => each.id === id)!;
const exactly = (value: number): object => ({ value, most: value, exact: true });
const models = 'models: { teacher: "openai:teacher", judge: "openai:judge" }';

describe('the plan of a stage', () => {
  it('lamini: prompts until enough instructions are new, an answer for each row, and a call for topics', async () => {
    const lines = [
      models,
      'stages:',
      '  made: { kind: lamini, model: teacher, seeds: ./seeds.jsonl, count: 80 }',
    ];
    const { rowsIn, rowsOut, calls } = stageOf(await forecast(lines, { assume: { keep: 0.5 } }), 'made');
    expect(rowsIn).toEqual(exactly(50));
    expect(rowsOut).toEqual({ value: 80, most: 80, exact: false });
    // 160 candidates, 20 a prompt.
    expect(calls).toMatchObject({ value: 1 + 8 + 80, most: 3 + 2 * 500 });
  });

  it('orca: a call for every row that is drawn', async () => {
    const lines = (more: string): string[] => [
      models,
      'stages:',
      `  made: { kind: orca, model: teacher, rows: ./flan.jsonl${more} }`,
    ];
    const all = stageOf(await forecast(lines('')), 'made');
    expect([all.calls!.value, all.rowsOut!.value]).toEqual([50, 50]);
    const some = stageOf(await forecast(lines(', count: 20, requireAgreement: true')), 'made');
    expect(some).toMatchObject({
      calls: { value: 20, most: 20 },
      rowsOut: { value: 16, most: 20, exact: false },
    });
  });

  it('evol: evolves, answers and judges every instruction in every round', async () => {
    const lines = (more: string): string[] => [
      models,
      'stages:',
      `  made: { kind: evol, model: teacher, seeds: ./seeds.jsonl, rounds: 3${more} }`,
    ];
    const alone = stageOf(await forecast(lines(', limit: 40')), 'made');
    expect(alone).toMatchObject({
      rowsIn: exactly(40),
      rowsOut: { value: 96, most: 120 },
      calls: { value: 240, most: 240, exact: false },
    });
    const judged = stageOf(await forecast(lines(', judge: judge, equalityTries: 4')), 'made');
    expect(judged.calls).toMatchObject({ value: 450, most: 150 * (2 + 4) });
  });

  it('filter: every judge sees every row, what comes out of a clean stage included', async () => {
    const lines = [
      models,
      'stages:',
      '  tidy: { kind: clean, rows: ./rows.jsonl, dedupe: exact }',
      '  kept: { kind: filter, rows: tidy, judges: [teacher, judge] }',
    ];
    const found = await forecast(lines, { assume: { keep: 0.5 } });
    const rows = instructionRows.length;
    expect(stageOf(found, 'tidy')).toMatchObject({
      rowsIn: exactly(rows),
      rowsOut: { value: rows / 2, most: rows },
    });
    expect(stageOf(found, 'tidy').calls).toBeUndefined();
    const kept = stageOf(found, 'kept');
    expect(kept).toMatchObject({
      rowsOut: { value: rows / 4, most: rows },
      calls: { value: rows, most: 4 * rows },
    });
  });

  it('sft and dpo: steps and tokens of rows that are here, also packed, cut short, or rated', async () => {
    const lines = [
      'training: { maxLength: 512, batchSize: 2, gradientAccumulation: 2, evalFraction: 0 }',
      'stages:',
      '  first: { kind: sft, from: base, rows: ./rows.jsonl, epochs: 2 }',
      '  packed: { kind: sft, from: base, rows: ./rows.jsonl, packing: true, packLength: 512, maxSteps: 2 }',
      '  chosen: { kind: sft, from: base, preferences: ./pairs.jsonl, limit: 10, maxSteps: 3 }',
      '  early: { kind: sft, from: base, rows: ./rows.jsonl, epochs: 2, earlyStoppingPatience: 2 }',
      '  dpo: { kind: dpo, from: base, preferences: ./pairs.jsonl }',
      '  kto: { kind: dpo, from: base, preferences: ./pairs.jsonl, loss: kto }',
    ];
    const found = await forecast(lines);
    const rows = instructionRows.length;
    expect(stageOf(found, 'first').steps).toEqual(exactly(2 * Math.ceil(rows / 4)));
    const perEpoch = stageOf(found, 'first').trainedTokens!.value / 2;
    expect(stageOf(found, 'packed').steps).toEqual(exactly(2));
    expect(stageOf(found, 'packed').trainedTokens!.value).toBeLessThanOrEqual(2 * 4 * 512);
    expect(stageOf(found, 'chosen')).toMatchObject({ rowsIn: exactly(10), steps: exactly(3) });
    expect(stageOf(found, 'early')).toMatchObject({
      steps: { value: 2 * Math.ceil(rows / 4), exact: false },
      trainedTokens: { value: 2 * perEpoch, exact: false },
    });
    expect(stageOf(found, 'dpo').steps).toEqual(exactly(Math.ceil(30 / 4)));
    // Every pair is two completions, each with a twin.
    expect(stageOf(found, 'kto').steps).toEqual(exactly(Math.ceil(60 / 4)));
    // At 100 tokens a second, as given.
    expect(stageOf(found, 'first').seconds!.value).toBeCloseTo((2 * perEpoch) / 100, 6);
    expect(stageOf(found, 'first').memory!.fits).toBe(true);
  });

  it('eval and mt-bench: requests to local models, calls of served ones and of the judge', async () => {
    const lines = [
      models,
      'stages:',
      '  scores: { kind: eval, models: [base], tasks: [{ kind: generation, docs: ./facts.jsonl }], preferences: ./pairs.jsonl }',
      '  served: { kind: eval, served: [teacher], api: chat, tasks: [{ kind: generation, docs: ./facts.jsonl }], limit: 2 }',
      '  single: { kind: mt-bench, models: [base], served: [teacher], questions: ./questions.jsonl, judge: judge }',
      '  pairs: { kind: mt-bench, models: [base], served: [teacher], questions: ./questions.jsonl, judge: judge, mode: pairwise-all }',
    ];
    const found = await forecast(lines);
    expect(stageOf(found, 'scores')).toMatchObject({ requests: exactly(3 + 60) });
    expect(stageOf(found, 'served').requests).toBeUndefined();
    expect(stageOf(found, 'served').calls).toMatchObject({ value: 2 });
    // 4 turns; 2 models judged turn by turn, or one pair in both orders.
    expect(stageOf(found, 'single')).toMatchObject({
      requests: exactly(4),
      calls: { value: 4 + 8, most: 4 + 16 },
    });
    expect(stageOf(found, 'pairs').calls).toMatchObject({ value: 4 + 8 });
    const judge = found.money.models.find(({ name }) => name === 'judge');
    expect(judge!.calls).toMatchObject({ value: 8 + 8 });
  });
});

describe('money', () => {
  const priced = (teacher: string): string[] => [
    `models: { teacher: ${teacher} }`,
    'stages:',
    '  made: { kind: orca, model: teacher, rows: ./flan.jsonl, maxTokens: 300 }',
  ];
  const dollars = async (teacher: string, before: string[] = []): Promise<StageForecast['dollars']> =>
    stageOf(await forecast([...before, ...priced(teacher)]), 'made').dollars;

  it('is tokens at the price of the recipe, of its table, or of the list, and half of that in batches', async () => {
    const own = await dollars('{ model: "openai:x", price: { input: 0, output: 10 } }');
    // 50 answers of 200 tokens, and of 300 at the most.
    expect(own).toEqual({ value: (50 * 200 * 10) / 1e6, most: (50 * 300 * 10) / 1e6, exact: false });
    const batched = await dollars('{ model: "openai:x", batch: true, price: { input: 0, output: 10 } }');
    expect(batched!.value).toBe(own!.value / 2);
    expect(await dollars('"openai:x"', ['prices: { x: { input: 0, output: 20 } }'])).toMatchObject({
      value: 2 * own!.value,
    });
    expect((await dollars('"openai:gpt-4o"'))!.value).toBeGreaterThan(own!.value);
  });

  it('is unknown without a price, and said so; a script costs nothing', async () => {
    const found = await forecast(priced('"openai:nobody-knows"'));
    expect(stageOf(found, 'made').dollars).toBeNull();
    expect(found.totals.dollars).toMatchObject({ value: 0, isPartial: true });
    const text = forecastText(found);
    expect(text).toMatch(/^teacher: ≤50 calls of openai:nobody-knows; its price is not known/m);
    expect(text).toMatch(/^made +orca .* \? /m);
    expect(await dollars('"script:./teacher.ts"')).toEqual(exactly(0));
  });

  it('says whether a budget will do: as expected, and at worst', async () => {
    const model = '{ model: "openai:x", price: { input: 0, output: 10 } }';
    const of = async (budget: number): Promise<Forecast> => forecast([`budget: ${budget}`, ...priced(model)]);
    expect((await of(0.05)).money.suffices).toEqual({ expected: false, worst: false });
    const tight = await of(0.12);
    expect(tight.money.suffices).toEqual({ expected: true, worst: false });
    expect(forecastText(tight)).toMatch(
      /budget: \$0\.12; it will do as things are expected. The worst case is \$0\.15/,
    );
    const ample = await of(1);
    expect(ample.money.suffices).toEqual({ expected: true, worst: true });
    expect(forecastText(ample)).toContain('it will do, whatever happens');
    const unknown = await forecast(['budget: 1', ...priced('"openai:nobody-knows"')]);
    expect(unknown.money.suffices).toBeUndefined();
  });
});

describe('time', () => {
  const seconds = async (teacher: string, more = ''): Promise<StageForecast['seconds']> =>
    stageOf(
      await forecast([
        `models: { teacher: ${teacher} }`,
        'stages:',
        `  made: { kind: orca, model: teacher, rows: ./flan.jsonl${more} }`,
      ]),
      'made',
    ).seconds;

  it('is that of the calls in flight, or of the limits when these are slower, or a day for a batch', async () => {
    // 50 answers of 200 tokens at 50 tokens a second, 8 at a time.
    expect((await seconds('"openai:x"'))!.value).toBeCloseTo((50 * 200) / 50 / 8, 6);
    expect((await seconds('"openai:x"', ', concurrency: 50'))!.value).toBeCloseTo(200 / 50, 6);
    expect((await seconds('{ model: "openai:x", requestsPerMinute: 5 }'))!.value).toBe(600);
    expect((await seconds('{ model: "openai:x", outputTokensPerMinute: 1000 }'))!.value).toBe(600);
    expect(await seconds('{ model: "openai:x", batch: true }')).toEqual({
      value: 86_400,
      most: 86_400,
      exact: false,
    });
    expect((await seconds('"script:./teacher.ts"'))!.value).toBe(0);
  });

  it('of trainings comes from a product on the backend where nothing else tells it', async () => {
    const lines = [
      'backend: { kind: reference }',
      'stages:',
      '  first: { kind: sft, from: base, rows: ./rows.jsonl }',
    ];
    const found = await forecast(lines, { tokensPerSecond: undefined });
    expect(found.speed!.flops).toBeGreaterThan(1e6);
    expect(found.speed!.source).toMatch(/A product reaches .* GFLOP\/s here/);
    expect(stageOf(found, 'first').seconds!.value).toBeGreaterThan(0);
  });
});

describe('what is not here', () => {
  it('is assumed where a limit bounds it, unknown where nothing does, and named', async () => {
    const found = await forecast([
      models,
      'stages:',
      '  some: { kind: evol, model: teacher, seeds: "hub:org/seeds", limit: 100 }',
      '  all: { kind: orca, model: teacher, rows: "hub:org/flan" }',
      '  kept: { kind: filter, rows: some, judges: [judge] }',
      '  tuned: { kind: sft, from: base, rows: ./none.jsonl }',
    ]);
    expect(stageOf(found, 'some')).toMatchObject({ rowsIn: { value: 100, most: 100, exact: false } });
    expect(stageOf(found, 'all')).toMatchObject({ calls: null, rowsOut: null });
    expect(stageOf(found, 'kept').calls).toMatchObject({ value: 160, most: 400 });
    expect(stageOf(found, 'tuned')).toMatchObject({ rowsIn: null, steps: null, trainedTokens: null });
    expect(found.unknown).toEqual([
      'There is no file ./none.jsonl.',
      'Not on this machine, and so not counted: hub:org/flan, hub:org/seeds.',
    ]);
    expect(found.assumptions.map(({ flag }) => flag)).toContain('prompt-tokens');
  });

  it('leaves memory and tokens open without the base, but not steps', async () => {
    const lines = [
      'stages:',
      '  tuned: { kind: sft, from: base, rows: ./rows.jsonl, batchSize: 1, gradientAccumulation: 1, evalFraction: 0 }',
    ];
    const found = await forecast(lines, { base: 'hub:org/nowhere', tokensPerSecond: undefined });
    expect(found.memory).toBeUndefined();
    expect(stageOf(found, 'tuned')).toMatchObject({
      steps: { value: instructionRows.length },
      seconds: null,
    });
    expect(found.unknown.join(' ')).toMatch(/Memory is not planned: .*org\/nowhere.* not in the cache/);
  });

  it('counts characters where there is no tokenizer', async () => {
    const lines = ['stages:', '  tuned: { kind: sft, from: base, rows: ./rows.jsonl }'];
    const found = await forecast(lines, { base: './bare' });
    expect(stageOf(found, 'tuned').memory!.need).toBeGreaterThan(0);
    expect(stageOf(found, 'tuned').trainedTokens).toMatchObject({ exact: false });
    expect(found.assumptions.map(({ flag }) => flag)).toContain('characters-per-token');
  });
});
