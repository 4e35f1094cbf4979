import { describe, expect, it } from 'vitest';
import { evaluate } from '../evaluate.ts';
import type { LanguageModel } from '../language-model.ts';
import type { EvaluationReport } from '../report/evaluation-report.ts';
import { toLmEvalResults } from '../report/lm-eval-results.ts';
import { toLmEvalSamples } from '../report/lm-eval-samples.ts';
import { toModelIndex } from '../report/model-index.ts';
import { boolq } from '../tasks/boolq.ts';
import { lambadaOpenai } from '../tasks/lambada.ts';
import { piqa } from '../tasks/piqa.ts';
import { compareEvaluations } from './compare-evaluations.ts';
import { comparisonTable } from './comparison-table.ts';
import { parseEvaluation, type EvaluationFile } from './evaluation-file.ts';

const count = 60;
const goals = Array.from({ length: count }, (_, n) => ({
  goal: `goal ${n}`,
  sol1: 'a',
  sol2: 'b',
  label: n % 2,
}));
const passages = Array.from({ length: count }, (_, n) => ({
  passage: `passage ${n >> 2}`,
  question: `question ${n}`,
  label: n % 2,
}));
const texts = Array.from({ length: 8 }, (_, n) => ({ text: `a text of number ${n}` }));

/** Right on the documents whose number is below `right`. */
async function report(id: string, right: number, settings = { bos: 'never' }): Promise<EvaluationReport> {
  const model: LanguageModel = {
    id,
    settings,
    loglikelihood: (requests) =>
      Promise.resolve(
        requests.map(({ context, continuation }) => {
          const n = Number(/\d+(?=\?|\n|$)/.exec(context.split('uestion:').at(-1)!)?.[0] ?? 0);
          const isGold = ['a', 'no'].includes(continuation.trim()) === (n % 2 === 0);
          return { logProb: isGold === n < right ? -1 : -2, isGreedy: n < right };
        }),
      ),
    generate: () => Promise.reject(new Error('nothing is generated')),
  };
  const tasks = [
    { task: piqa, docs: goals },
    { task: boolq, docs: passages },
    { task: lambadaOpenai, docs: texts },
  ];
  const groups = [{ name: 'both', members: ['piqa', 'boolq'], metrics: ['acc'] }];
  const job = evaluate({ model, tasks, groups, bootstrapIters: 0, now: () => 0 });
  for (;;) {
    const next = await job.next();
    if (next.done === true) return next.value;
  }
}

function toFile(given: EvaluationReport): EvaluationFile {
  const samples = new Map(given.tasks.map((task) => [task.task.name, toLmEvalSamples(task)]));
  const results: unknown = JSON.parse(JSON.stringify(toLmEvalResults(given, { date: new Date(0) })));
  return parseEvaluation({ results, samples, file: `${given.model}.json` });
}

const base = toFile(await report('base', 20));
const tuned = toFile(await report('tuned', 50));

describe('compareEvaluations', () => {
  const { models, rows, averages, notes } = compareEvaluations([base, tuned]);
  const rowOf = (task: string, metric: string) =>
    rows.find((row) => row.task === task && row.metric === metric)!;

  it('has a row for each metric and a cell for each model, groups included', () => {
    expect(models).toEqual(['base', 'tuned']);
    expect(rows.map(({ task, metric }) => `${task}/${metric}`)).toEqual([
      ...[
        'piqa/acc',
        'piqa/acc_norm',
        'boolq/acc',
        'lambada_openai/perplexity',
        'lambada_openai/acc',
        'both/acc',
      ],
    ]);
    expect(rowOf('piqa', 'acc').cells.map((cell) => [cell!.value, cell!.isBest])).toEqual([
      [20 / 60, false],
      [50 / 60, true],
    ]);
    expect(rowOf('both', 'acc')).toMatchObject({ isGroup: true, isMain: true });
    expect(rowOf('piqa', 'acc_norm')).toMatchObject({ isMember: true, isMain: false });
    expect(notes).toEqual([]);
    // Of lambada's accuracy and the group's.
    expect(averages[0]).toBeCloseTo((1 + 20 / 60) / 2, 12);
  });

  it('tests document by document, by cluster where the task knows them', () => {
    const [first, second] = rowOf('piqa', 'acc').cells;
    expect(first).not.toHaveProperty('paired');
    expect(second!.paired).toMatchObject({ difference: 0.5, n: 60 });
    // 30 documents, all of which the tuned model alone has right.
    expect(second!.paired!.mcnemar).toBeCloseTo(2 / 2 ** 30, 15);
    expect(second!.paired!.adjustedPValue).toBeGreaterThan(second!.paired!.mcnemar!);
    const clustered = rowOf('boolq', 'acc').cells[1]!.paired!;
    expect(clustered).not.toHaveProperty('mcnemar');
    expect(clustered.stderr).toBeGreaterThan(second!.paired!.stderr);
    expect(rowOf('both', 'acc').cells[1]).not.toHaveProperty('paired');
    expect(rowOf('lambada_openai', 'perplexity')).toMatchObject({ higherIsBetter: false });
  });

  it('gives intervals from the samples: those that were computed with the scores', async () => {
    const [piqaScores, boolqScores, lambadaScores] = (await report('base', 20)).tasks.map(
      (task) => task.scores,
    );
    const intervalOf = (task: string, metric: string) => rowOf(task, metric).cells[0]!.interval;
    expect(intervalOf('piqa', 'acc')).toEqual(piqaScores![0]!.interval);
    expect(intervalOf('boolq', 'acc')).toEqual(boolqScores![0]!.clustered!.interval);
    expect(intervalOf('lambada_openai', 'acc')).toEqual(
      lambadaScores!.find(({ metric }) => metric === 'acc')!.interval,
    );
    expect(intervalOf('lambada_openai', 'perplexity')).toBeUndefined();
    expect(intervalOf('both', 'acc')).toBeUndefined();
  });

  it('pairs the documents that both have, whatever their order and number', () => {
    const piqaOnly = tuned.entries.filter(({ task }) => task === 'piqa');
    const some = {
      ...tuned,
      entries: piqaOnly.map((entry) => ({ ...entry, samples: entry.samples.slice(10).toReversed() })),
    };
    const compared = compareEvaluations([base, some]);
    const row = compared.rows.find(({ task, metric }) => task === 'piqa' && metric === 'acc')!;
    expect(row.cells[1]!.paired).toMatchObject({ n: 50, difference: 30 / 50 });
    expect(compared.rows.find(({ task }) => task === 'boolq')!.cells[1]).toBeUndefined();
    expect(compared.averages[1]).toBeUndefined();
  });

  it('says what makes numbers incomparable', async () => {
    const other = toFile(await report('other', 20, { bos: 'always' }));
    const entries = other.entries.map((entry) =>
      entry.task === 'piqa'
        ? { ...entry, version: '2', samples: entry.samples.map((sample) => ({ ...sample, promptHash: 'x' })) }
        : entry,
    );
    const compared = compareEvaluations([base, { ...other, entries }], { baseline: 'other' });
    expect(compared.models).toEqual(['other', 'base']);
    expect(compared.notes).toEqual([
      'BOS differs, so scores are not comparable (other: always, base: never).',
      'The version of piqa differs, so scores are not comparable (other: 2, base: 1).',
      'piqa: the models were asked in different words.',
    ]);
  });

  it.each([
    ['one model', [base], {}, /nothing to compare/],
    ['two of one label', [base, base], {}, /Two models are called base/],
    ['a baseline that is none of them', [base, tuned], { baseline: 'sft' }, /No model is called sft/],
  ])('refuses %s', (...[, files, options, message]) => {
    expect(() => compareEvaluations(files, options)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringMatching(message) as string }),
    );
  });

  it('makes a table as papers have them', () => {
    const table = comparisonTable(compareEvaluations([base, tuned]));
    expect(table.split('\n').slice(0, 4)).toEqual([
      '| Task | Shots | Metric | base | tuned |',
      '| --- | ---: | --- | ---: | ---: |',
      '| lambada_openai | 0 | perplexity | 7.3891 | 7.3891 |',
      '| lambada_openai | 0 | acc | 1.0000 ± 0.0000 | 1.0000 ± 0.0000 |',
    ]);
    expect(table).toMatch(
      /\| both \(group\) \|  \| acc \| 0\.3333 ± 0\.\d{4} \| \*\*0\.8333\*\* ± 0\.\d{4} \|/,
    );
    expect(table).toContain('| Average |  | main metrics | 0.6667 | 0.9167 |');
    const alone = { ...tuned, entries: tuned.entries.map((entry) => ({ ...entry, isMember: false })) };
    const open = { ...base, entries: base.entries.map((entry) => ({ ...entry, isMember: false })) };
    expect(comparisonTable(compareEvaluations([open, alone]))).toMatch(
      /\| piqa \| 0 \| acc \| 0\.3333 ± 0\.0614 \| \*\*0\.8333\*\* ± 0\.0485 \\\* \|/,
    );
  });
});

describe('parseEvaluation', () => {
  it("reads the harness's own way of writing arguments, and results without samples", () => {
    const file = parseEvaluation({
      file: 'results.json',
      label: 'old',
      samples: new Map(),
      results: {
        results: {
          boolq: { alias: 'boolq', 'acc,none': 0.5, 'acc_stderr,none': 'N/A', sample_len: 4 },
          own: { 'acc,none': 1 },
        },
        versions: { boolq: 2.0, own: 'Yaml' },
        config: { model: 'hf', model_args: 'pretrained=a/b,add_bos_token=True' },
        model_name: 'a/b',
      },
    });
    expect(file).toMatchObject({ label: 'old', settings: { add_bos_token: 'True' } });
    expect(file.entries[1]!.version).toBe('');
    expect(file.entries.slice(0, 1)).toEqual([
      {
        task: 'boolq',
        version: '2',
        shots: undefined,
        profile: undefined,
        isGroup: false,
        isMember: false,
        scores: [
          { metric: 'acc', filter: 'none', value: 0.5, stderr: undefined, n: 4, higherIsBetter: true },
        ],
        samples: [],
      },
    ]);
  });

  it.each([
    ['results', { results: 3 }, []],
    ['samples', { results: { boolq: { 'acc,none': 1 } } }, [{ doc_id: 'x' }]],
  ])('refuses broken %s', (_, results, lines) => {
    expect(() => parseEvaluation({ results, samples: new Map([['boolq', lines]]), file: 'r.json' })).toThrow(
      expect.objectContaining({ code: 'BAD_FILE' }),
    );
  });
});

it('toModelIndex puts a group before its tasks, with what they have in common', async () => {
  const { tasks, ...rest } = await report('base', 20);
  const member = tasks.find(({ task }) => task.name === 'boolq')!;
  const other = { ...member, task: { ...member.task, name: 'other' } };
  const group = { name: 'two', members: ['boolq', 'other'], metrics: ['acc'], version: 3 };
  const groups = [{ group, tasks: group.members, scores: [{ ...member.scores[0]!, value: 0.5 }] }];
  const text = toModelIndex({ ...rest, tasks: [member, other], groups }, { name: 'org/model' });
  const names = [...text.matchAll(/^ {10}name: (.*)$/gm)].map(([, name]) => name);
  expect(names.filter((name) => name !== 'Text Generation')).toEqual(['two', 'boolq', 'other']);
  expect(text).toContain(`
          name: two
          type: aps/super_glue
          args:
            num_few_shot: 0
            version: 3
            tasks: 2
        metrics:
          - type: acc
            value: 0.5
`);
});

it('toModelIndex writes the metadata of a card', async () => {
  const text = toModelIndex(await report('base', 20), { name: 'org/model' });
  expect(text).toContain('# bos never, rules lm-eval 0.4.13\nmodel-index:\n  - name: org/model\n');
  expect(text).toContain(`
        dataset:
          name: boolq
          type: aps/super_glue
          config: boolq
          split: validation
          args:
            num_few_shot: 0
            version: 2
        metrics:
          - type: acc
            value: 0.3333333333333333
            name: acc
            args:
              stderr: `);
});
