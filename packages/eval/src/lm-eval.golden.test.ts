import { createCpuBackend } from '@bezoar/backend-cpu';
import type { Backend } from '@bezoar/backend';
import { openFolder } from '@bezoar/formats/node';
import { describeGolden, readJsonFile } from '@bezoar/golden';
import { loadModel, loadTokenizer, type CausalLM, type Tokenizer } from '@bezoar/model';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';
import type { GenerationRequest, LoglikelihoodRequest, LoglikelihoodResult } from './language-model.ts';
import { createLocalLanguageModel } from './models/create-local-language-model.ts';
import { requestText } from './report/request-text.ts';
import { summarize } from './metrics/summarize.ts';
import type { EvaluationReport, Sample } from './report/evaluation-report.ts';
import { codePointLength } from './python-text.ts';
import { builtInTasks } from './tasks/built-in-tasks.ts';
import { gsm8kTask } from './tasks/gsm8k.ts';

/** A file of results/: one task, so many shots, with BOS or without. */
interface GoldenRun {
  readonly name: string;
  readonly task: string;
  readonly num_fewshot: number;
  readonly add_bos_token: boolean;
  readonly results: Readonly<Record<string, number | string>>;
  readonly versions: Readonly<Record<string, number>>;
  readonly config: {
    readonly dataset_kwargs: { readonly data_files: Readonly<Record<string, string>> };
    readonly test_split?: string;
    readonly validation_split?: string;
    readonly training_split?: string;
    readonly generation_kwargs?: { readonly max_gen_toks: number };
  };
}

/** A line of results/*.samples.jsonl. */
interface GoldenSample {
  readonly doc_id: number;
  readonly target: number | string;
  readonly filter: string;
  readonly resps: ([number, boolean] | string)[][];
  readonly filtered_resps: ([number, boolean] | string)[];
  readonly context?: string;
  readonly contexts?: string[];
  readonly continuations: (string | object)[];
  readonly prompt_sha256: string[];
  readonly min_top2_margin?: number;
  readonly acc?: number;
  readonly acc_norm?: number;
  readonly exact_match?: number;
}

describeGolden('lm-eval', (cases) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createCpuBackend();
  });
  afterAll(() => backend.dispose());

  describe.each(cases)('$name', ({ folder }) => {
    let model: CausalLM;
    let tokenizer: Tokenizer;
    beforeAll(async () => {
      const source = openFolder(join(folder, 'model'));
      model = await loadModel({ folder: source, backend });
      tokenizer = await loadTokenizer(source);
    });
    afterAll(() => model.dispose());

    const names = readdirSync(join(folder, 'results')).filter((name) => /(?<!\.samples)\.json$/.test(name));
    it.each(names.map((name) => basename(name, '.json')))('%s', async (name) => {
      const run = readJsonFile<GoldenRun>(join(folder, 'results', `${name}.json`));
      const wanted = readJsonl<GoldenSample>(join(folder, 'results', `${name}.samples.jsonl`));
      const report = await evaluateRun({ folder, model, tokenizer }, run);
      checkSamples(report.tasks[0]!.samples, wanted);
      checkScores(report, wanted, run);
    });
  });
});

interface Loaded {
  readonly folder: string;
  readonly model: CausalLM;
  readonly tokenizer: Tokenizer;
}

async function evaluateRun({ folder, model, tokenizer }: Loaded, run: GoldenRun): Promise<EvaluationReport> {
  const taskName = run.task.replace(/^golden_/, '');
  const { config } = run;
  const task =
    taskName === 'gsm8k'
      ? gsm8kTask({ maxTokens: config.generation_kwargs!.max_gen_toks })
      : builtInTasks[taskName]!;
  const rowsOf = (split: string): unknown[] =>
    readJsonl(join(folder, 'data', basename(config.dataset_kwargs.data_files[split]!)));
  const bos = run.add_bos_token ? 'always' : 'never';
  const job = evaluate({
    model: createLocalLanguageModel({ id: 'golden', model, tokenizer, bos }),
    tasks: [
      {
        task,
        docs: rowsOf((config.test_split ?? config.validation_split)!),
        numFewshot: run.num_fewshot,
        ...(config.training_split === undefined ? {} : { fewshotDocs: rowsOf(config.training_split) }),
      },
    ],
  });
  for (;;) {
    const { done, value } = await job.next();
    if (done === true) return value;
  }
}

/** Tolerances of case.json: prompts exact; log-likelihoods 1e-3 + 1e-5·|x|; texts and scores equal unless nearly tied. */
function checkSamples(samples: readonly Sample[], wanted: readonly GoldenSample[]): void {
  expect(samples).toHaveLength(wanted.length);
  for (const expected of wanted) {
    const sample = samples.find(
      ({ docId, filter }) => docId === expected.doc_id && filter === expected.filter,
    )!;
    const place = `document ${expected.doc_id}, ${expected.filter}`;
    const contexts = sample.asked.map(requestText);
    if (expected.context !== undefined) expect(contexts[0], place).toBe(expected.context);
    if (expected.contexts !== undefined) expect(contexts, place).toEqual(expected.contexts);
    const hashes = new Set(contexts.map((text) => createHash('sha256').update(text).digest('hex')));
    expect([...hashes], place).toEqual([...new Set(expected.prompt_sha256)]);
    expect(sample.target, place).toBe(String(expected.target));
    if (typeof expected.resps[0]![0] === 'string') checkReply(sample, expected, place);
    else checkChoices(sample, expected, place);
  }
}

function checkChoices(sample: Sample, expected: GoldenSample, place: string): void {
  const asked = sample.asked as readonly LoglikelihoodRequest[];
  expect(
    asked.map(({ continuation }) => continuation),
    place,
  ).toEqual(expected.continuations);
  const actual = sample.responses as readonly LoglikelihoodResult[];
  const wanted = expected.resps.map(([first]) => first as [number, boolean]);
  wanted.forEach(([logProb, isGreedy], index) => {
    const difference = Math.abs(actual[index]!.logProb - logProb);
    expect(difference, `${place}, choice ${index}`).toBeLessThanOrEqual(1e-3 + 1e-5 * Math.abs(logProb));
    expect(actual[index]!.isGreedy, place).toBe(isGreedy);
  });
  const lengths = asked.map(({ continuation }) => codePointLength(continuation) - 1);
  const clear = (values: readonly number[]): boolean => {
    const [best, second] = values.toSorted((a, b) => b - a);
    return best! - second! >= 2e-3;
  };
  const logProbs = wanted.map(([logProb]) => logProb);
  const graded = expected.acc !== undefined && !Number.isInteger(expected.acc);
  if (graded) expect(sample.scores['acc'], place).toBeCloseTo(expected.acc, 3);
  else if (clear(logProbs)) expect(sample.scores['acc'], place).toBe(expected.acc);
  if (clear(logProbs.map((logProb, index) => logProb / lengths[index]!))) {
    expect(sample.scores['acc_norm'], place).toBe(expected.acc_norm);
  }
}

function checkReply(sample: Sample, expected: GoldenSample, place: string): void {
  const settings = sample.asked[0] as GenerationRequest;
  expect(expected.continuations[0], place).toMatchObject({
    until: settings.until,
    max_gen_toks: settings.maxTokens,
    temperature: settings.temperature,
  });
  if (expected.min_top2_margin! <= 1e-3) return;
  expect(sample.responses, place).toEqual(expected.resps[0]);
  expect(sample.filtered, place).toEqual(expected.filtered_resps);
  expect(sample.scores['exact_match'], place).toBe(expected.exact_match);
}

/** Of the golden samples the aggregates follow exactly; of ours too, but for documents that are nearly tied. */
function checkScores(report: EvaluationReport, wanted: readonly GoldenSample[], run: GoldenRun): void {
  const [task] = report.tasks;
  expect(task!.task.version).toBe(run.versions[run.task]);
  const keys = Object.keys(run.results).filter((key) => key.includes(',') && !key.includes('_stderr'));
  expect(task!.scores.map(({ metric, filter }) => `${metric},${filter}`).sort()).toEqual(keys.sort());
  for (const { metric, filter, value } of task!.scores) {
    const name = metric as 'acc' | 'acc_norm' | 'exact_match';
    const golden = wanted.filter((sample) => sample.filter === filter).map((sample) => sample[name]!);
    const ours = task!.samples
      .filter((sample) => sample.filter === filter)
      .map(({ scores }) => scores[name] as number);
    const again = summarize(golden, { metric, filter });
    const stderr = run.results[`${metric}_stderr,${filter}`] as number;
    expect(again.value).toBeCloseTo(run.results[`${metric},${filter}`] as number, 12);
    expect(Math.abs(again.stderr - stderr)).toBeLessThanOrEqual(1e-6 * stderr);
    const moved =
      golden.reduce((sum, score, index) => sum + Math.abs(score - ours[index]!), 0) / golden.length;
    expect(Math.abs(value - again.value)).toBeLessThanOrEqual(moved + 1e-12);
    expect(moved).toBeLessThan(0.05);
  }
}

function readJsonl<Row>(path: string): Row[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}
