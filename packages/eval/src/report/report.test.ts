import { folderSink } from '@bezoar/formats/node';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../evaluate.ts';
import type { LanguageModel } from '../language-model.ts';
import { boolq } from '../tasks/boolq.ts';
import { gsm8k } from '../tasks/gsm8k.ts';
import type { EvaluationReport } from './evaluation-report.ts';
import type { LmEvalResults } from './lm-eval-results.ts';
import { toLmEvalSamples } from './lm-eval-samples.ts';
import { toMarkdownTable } from './to-markdown-table.ts';
import { writeLmEvalFiles } from './write-lm-eval-files.ts';

const row = { passage: 'Owls fly — at night.', question: 'do owls fly', label: 1 };
const problem = { question: 'How many?', answer: '1 + 1 = 2\n#### 2' };

async function report(id: string, yes: number): Promise<EvaluationReport> {
  const model: LanguageModel = {
    id,
    settings: { bos: 'never' },
    loglikelihood: (requests) =>
      Promise.resolve(
        requests.map(({ continuation }) => ({ logProb: continuation === ' yes' ? yes : -3, isGreedy: true })),
      ),
    generate: (requests) => Promise.resolve(requests.map(() => ' So 2 and 3')),
  };
  const tasks = [
    { task: boolq, docs: [row, { ...row, label: 0 }] },
    { task: gsm8k, docs: [problem], numFewshot: 0 },
  ];
  const job = evaluate({ model, tasks, now: () => 0 });
  for (;;) {
    const next = await job.next();
    if (next.done === true) return next.value;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('files of LM-Eval-Harness', () => {
  it('has samples with strings in Python spelling and the three hashes', async () => {
    const [choices, replies] = (await report('a', -2)).tasks;
    const prompt = 'Owls fly — at night.\nQuestion: do owls fly?\nAnswer:';
    expect(toLmEvalSamples(choices!)[0]).toEqual({
      doc_id: 0,
      doc: row,
      target: '1',
      arguments: {
        gen_args_0: { arg_0: prompt, arg_1: ' no' },
        gen_args_1: { arg_0: prompt, arg_1: ' yes' },
      },
      resps: [[['-3.0', 'True']], [['-2.0', 'True']]],
      filtered_resps: [
        ['-3.0', 'True'],
        ['-2.0', 'True'],
      ],
      filter: 'none',
      metrics: ['acc'],
      // json.dumps(doc, indent=2, ensure_ascii=False) of CPython.
      doc_hash: '65e68d794589f65c464f825cc89e659734af209e8efb10a55f5a409dd72a748b',
      prompt_hash: sha256(prompt),
      target_hash: sha256('1'),
      acc: 1,
    });
    expect(toLmEvalSamples(replies!)).toMatchObject([
      {
        filter: 'strict-match',
        arguments: {
          gen_args_0: {
            arg_0: 'Question: How many?\nAnswer:',
            arg_1: {
              until: ['Question:', '</s>', '<|im_end|>'],
              do_sample: false,
              temperature: 0,
              max_gen_toks: 256,
            },
          },
        },
        resps: [[' So 2 and 3']],
        filtered_resps: ['[invalid]'],
        exact_match: 0,
      },
      { filter: 'flexible-extract', filtered_resps: ['3'], exact_match: 0 },
    ]);
  });

  it('writes both kinds of files into a folder for the model', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bezoar-eval-'));
    try {
      const names = await writeLmEvalFiles({
        report: await report('runs/sft: 1', -2),
        sink: folderSink(folder),
        date: new Date('2026-01-02T03:04:05.678Z'),
      });
      expect(names).toEqual([
        'runs__sft__ 1/results_2026-01-02T03-04-05.678.json',
        'runs__sft__ 1/samples_boolq_2026-01-02T03-04-05.678.jsonl',
        'runs__sft__ 1/samples_gsm8k_2026-01-02T03-04-05.678.jsonl',
      ]);
      const results = JSON.parse(readFileSync(join(folder, names[0]!), 'utf8')) as LmEvalResults;
      expect(results.results).toEqual({
        boolq: { name: 'boolq', alias: 'boolq', sample_len: 2, 'acc,none': 0.5, 'acc_stderr,none': 0.5 },
        gsm8k: {
          name: 'gsm8k',
          alias: 'gsm8k',
          sample_len: 1,
          'exact_match,strict-match': 0,
          'exact_match_stderr,strict-match': 'N/A',
          'exact_match,flexible-extract': 0,
          'exact_match_stderr,flexible-extract': 'N/A',
        },
      });
      expect(results).toMatchObject({
        versions: { boolq: 2, gsm8k: 3 },
        'n-shot': { boolq: 0, gsm8k: 0 },
        higher_is_better: { boolq: { acc: true }, gsm8k: { exact_match: true } },
        'n-samples': { boolq: { original: 2, effective: 2 } },
        config: { model_args: { pretrained: 'runs/sft: 1', bos: 'never' }, limit: null, fewshot_seed: 1234 },
        date: 1767323045.678,
        model_name: 'runs/sft: 1',
      });
      const lines = readFileSync(join(folder, names[2]!), 'utf8').trimEnd().split('\n');
      expect(lines).toHaveLength(2);
      const samples = lines.map((line) => JSON.parse(line) as Record<string, string>);
      const hashes = samples.map((each) => `${each['doc_hash']}${each['prompt_hash']}${each['target_hash']}`);
      expect(results.task_hashes['gsm8k']).toBe(sha256(hashes.join('')));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('makes a table with a column for each model and what the scores depend on', async () => {
    expect(toMarkdownTable([await report('a|b', -2), await report('c', -4)])).toBe(
      [
        '| Task | Version | Shots | Filter | Metric | n | a\\|b | c |',
        '| --- | ---: | ---: | --- | --- | ---: | ---: | ---: |',
        '| boolq | 2 | 0 | none | acc | 2 | 0.5000 ± 0.5000 | 0.5000 ± 0.5000 |',
        '| gsm8k | 3 | 0 | strict-match | exact_match | 1 | 0.0000 | 0.0000 |',
        '| gsm8k | 3 | 0 | flexible-extract | exact_match | 1 | 0.0000 | 0.0000 |',
        '',
        '- a\\|b: bos never, rules of lm-eval 0.4.13',
        '- c: bos never, rules of lm-eval 0.4.13',
        '',
      ].join('\n'),
    );
  });
});
