import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderTask, type RenderedTask } from '../engine/render-documents.ts';
import type { GenerationTask } from '../tasks/task.ts';
import { parseLmEvalTask } from './parse-lm-eval-task.ts';
import { parsePythonList, pythonText } from './python-literal.ts';

/** What LM-Eval-Harness 0.4.13 asks with these files, by number of shots. */
interface Wanted {
  readonly yaml: string;
  readonly docs: readonly unknown[];
  readonly fewshotDocs: readonly unknown[];
  readonly runs: Readonly<Record<string, { readonly requests: number; readonly sha256: string }>>;
  readonly targets: readonly string[];
  readonly metrics: readonly string[];
  readonly acc?: readonly number[];
  readonly replies?: readonly string[];
  readonly filtered?: readonly string[];
}

const path = new URL('../__fixtures__/lm-eval-yaml.json', import.meta.url);
const all = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Wanted>>;
const cases = Object.entries(all).flatMap(([name, { runs }]) =>
  Object.keys(runs).map((shots) => [name, Number(shots)] as const),
);

function render(name: string, numFewshot: number): RenderedTask {
  const { yaml, docs, fewshotDocs } = all[name]!;
  const task = parseLmEvalTask(yaml, { file: `${name}.yaml` });
  return renderTask({ task, docs, fewshotDocs, numFewshot }, { limit: Infinity, fewshotSeed: 1234 });
}

describe('a task file of the harness', () => {
  it.each(cases)('%s asks with %d shots what it asks there', (name, shots) => {
    const rendered = render(name, shots);
    const hash = createHash('sha256');
    let requests = 0;
    for (const request of rendered.documents.flatMap((document) => [...document.requests])) {
      requests += 1;
      if ('text' in request) throw new Error('no text is scored whole here');
      hash.update('prompt' in request ? request.prompt : request.context + request.continuation);
    }
    const wanted = all[name]!;
    expect({ requests, sha256: hash.digest('hex') }).toEqual(wanted.runs[String(shots)]);
    expect(rendered.documents.map(({ item }) => item.target)).toEqual(wanted.targets);
    const metrics = 'metrics' in rendered.task ? rendered.task.metrics : ['exact_match'];
    expect(Array.isArray(metrics) ? metrics : Object.keys(metrics)).toEqual(wanted.metrics);
  });

  it('counts every right answer of several', () => {
    const rendered = render('several', 0);
    if (rendered.kind !== 'multiple_choice') throw new Error('choices are expected');
    const scores = rendered.documents.map(({ item }) => rendered.task.metrics['acc']!([-1, -2, -3], item));
    expect(scores).toEqual(all['several']!.acc);
  });

  it('filters replies as it does there, and keeps settings of generation and shots', () => {
    const { yaml, replies, filtered } = all['sums']!;
    const task = parseLmEvalTask(yaml, { file: 'sums.yaml' }) as GenerationTask;
    expect(replies!.map((reply) => task.filters['first']!(reply))).toEqual(filtered);
    expect(task).toMatchObject({ until: ['Q:'], maxTokens: 7, fewshot: { count: 2, sampler: 'first' } });
    expect(task.match).toMatchObject({ ignoreCase: true, ignorePunctuation: false });
  });

  it('says where its rows are, and which split examples come from', () => {
    const base = 'task: t\noutput_type: loglikelihood_rolling\ndoc_to_target: text\n';
    const parse = (rest: string) => parseLmEvalTask(base + rest, { file: 't.yaml' }).dataset;
    expect(
      parse('dataset_path: org/set\ndataset_name: en\nvalidation_split: dev\ntraining_split: train'),
    ).toEqual({
      path: 'org/set',
      config: 'en',
      split: 'dev',
      fewshotSplit: 'train',
    });
    expect(
      parse('dataset_path: json\ntest_split: test\ndataset_kwargs: { data_files: { test: rows.jsonl } }'),
    ).toEqual({ path: 'json', split: 'test', files: { test: 'rows.jsonl' } });
  });

  it('puts what it includes below its own fields', () => {
    const include = (name: string): string => {
      expect(name).toBe('_base');
      return all['words']!.yaml;
    };
    const task = parseLmEvalTask('include: _base\ntask: own\nnum_fewshot: 0', { file: 'own.yaml', include });
    expect(task).toMatchObject({ name: 'own', kind: 'loglikelihood', fewshot: { count: 0, locked: true } });
  });

  const start =
    'task: t\ndataset_path: d\ntest_split: test\noutput_type: multiple_choice\ndoc_to_target: label\n';
  it.each([
    [
      'Python',
      `${start}doc_to_text: !function utils.text`,
      'UNSUPPORTED',
      /doc_to_text is !function utils.text/,
    ],
    [
      'Python in a list',
      `${start}doc_to_choice: [a]\nmetric_list: [{ metric: !function m.f1 }]`,
      'UNSUPPORTED',
      /metric_list.0.metric is !function m.f1/,
    ],
    ['a field that it does not know', `${start}process_docs: x`, 'BAD_CONFIG', /process_docs/],
    [
      'a metric',
      `${start}doc_to_choice: [a]\nmetric_list: [{ metric: brier_score }]`,
      'UNSUPPORTED',
      /brier_score/,
    ],
    ['choices that are missing', `${start}doc_to_text: q`, 'BAD_CONFIG', /doc_to_choice is missing/],
    ['no YAML', 'task: [', 'BAD_CONFIG', /t.yaml is no YAML/],
    ['no Jinja', `${start}doc_to_choice: [a]\ndoc_to_text: "{{ q"`, 'BAD_CONFIG', /doc_to_text is no Jinja/],
    ['an include that nobody reads', 'include: other', 'BAD_CONFIG', /includes "other"/],
    [
      'a filter',
      'task: t\ndataset_path: d\ntest_split: t\noutput_type: generate_until\ndoc_to_target: x\nfilter_list: [{ name: f, filter: [{ function: majority_vote }] }]',
      'UNSUPPORTED',
      /majority_vote/,
    ],
  ])('refuses %s by name', (...[, source, code, message]) => {
    expect(() => parseLmEvalTask(source, { file: 't.yaml' })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
  });

  it('names the row where a template finds no column', () => {
    const task = parseLmEvalTask(`${start}doc_to_choice: [a]\ndoc_to_text: "{{ question }}"`, {
      file: 't.yaml',
    });
    expect(() => task.prepare({ label: 0 }, 'Row 3')).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining('Row 3') as string }),
    );
  });
});

// Made with CPython 3.11: str() and ast.literal_eval.
describe("Python's notation", () => {
  it.each([
    [
      ["it's", 'say "x"', `both ' and "`, 'line\n'],
      String.raw`["it's", 'say "x"', 'both \' and "', 'line\n']`,
    ],
    [[1, -2], '[1, -2]'],
    [[], '[]'],
  ])('%j', (value, text) => {
    expect(pythonText(value)).toBe(text);
    expect(parsePythonList(text)).toEqual(value);
  });

  it('of other values, and of what is no list', () => {
    expect([true, null, 1.5, 'a', { a: [1] }].map(pythonText)).toEqual([
      'True',
      'None',
      '1.5',
      'a',
      "{'a': [1]}",
    ]);
    expect(['a', '[a]', '[1.5]', "['a' 'b']"].map(parsePythonList)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
