import { readJsonlFile } from '@bezoar/formats/node';
import { dataPath } from '@bezoar/golden';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tinyLanguage } from './__fixtures__/tiny-language.ts';
import { evaluate, type EvaluateOptions } from './evaluate.ts';
import type { LanguageModel } from './language-model.ts';
import { createLocalLanguageModel } from './models/create-local-language-model.ts';
import type { EvaluationReport } from './report/evaluation-report.ts';
import { toLmEvalResults } from './report/lm-eval-results.ts';
import { anliR3 } from './tasks/anli.ts';
import { arcChallenge } from './tasks/arc.ts';
import { gsm8k, gsm8kTask } from './tasks/gsm8k.ts';

const arc = dataPath('eval/arc_challenge-test.jsonl');
const gsmTest = dataPath('eval/gsm8k-test.jsonl');
const gsmTrain = dataPath('eval/gsm8k-train-2000.jsonl');
const anli = dataPath('eval/anli-test.jsonl');
const missing = [arc, gsmTest, gsmTrain, anli].includes(undefined);
const rows = (path: string): Promise<unknown[]> => readJsonlFile(path, z.unknown());

async function run(options: EvaluateOptions): Promise<EvaluationReport> {
  const job = evaluate(options);
  for (;;) {
    const next = await job.next();
    if (next.done === true) return next.value;
  }
}

/** Gives the answers that it is told, and hashes everything that it is asked. */
function oracle(answers: readonly string[]): LanguageModel & { readonly asked: () => string } {
  const hash = createHash('sha256');
  const known = new Set(answers);
  return {
    id: 'oracle',
    loglikelihood: (requests) =>
      Promise.resolve(
        requests.map(({ context, continuation }) => {
          hash.update(context + continuation);
          return { logProb: known.has(context + continuation) ? -1 : -1000, isGreedy: false };
        }),
      ),
    generate: (requests) =>
      Promise.resolve(
        requests.map(({ prompt }, index) => {
          hash.update(prompt);
          return answers[index]!;
        }),
      ),
    asked: () => hash.digest('hex'),
  };
}

interface ArcRow {
  readonly question: string;
  readonly choices: { readonly text: string[]; readonly label: string[] };
  readonly answerKey: string;
}

describe.skipIf(missing)(
  `real rows${missing ? ' (skipped: BEZOAR_DATA_DIR has no eval folder)' : ''}`,
  () => {
    // The hashes were made with Python: json, hashlib and random.Random(1234).sample.
    it('asks ARC-Challenge as Python renders it, and gives full marks for the right answers', async () => {
      const docs = await rows(arc!);
      const right = (docs as ArcRow[]).map(
        ({ question, choices, answerKey }) =>
          `Question: ${question}\nAnswer: ${choices.text[choices.label.indexOf(answerKey)]!}`,
      );
      const model = oracle(right);
      const report = await run({ model, tasks: [{ task: arcChallenge, docs }] });
      expect(report.tasks[0]!.samples).toHaveLength(1172);
      expect(model.asked()).toBe('47e02d622b98c9dc9a47a32f09632053b7cbbaa23ffe13c1938481bf6c580536');
      expect(report.tasks[0]!.scores.map(({ metric, value }) => [metric, value])).toEqual([
        ['acc', 1],
        ['acc_norm', 1],
      ]);
      const { task_hashes: hashes } = toLmEvalResults(report, { date: new Date(0) });
      expect(hashes['arc_challenge']).toBe(
        'c0330023cea2035f44429a3ad0a7b8ab663c99886f7d212dff092344f2d0337f',
      );
    });

    it('asks GSM8K with the five shots that Python draws, and finds every real answer', async () => {
      const docs = await rows(gsmTest!);
      const model = oracle((docs as { answer: string }[]).map(({ answer }) => ` ${answer}`));
      const report = await run({ model, tasks: [{ task: gsm8k, docs, fewshotDocs: await rows(gsmTrain!) }] });
      expect(model.asked()).toBe('6914072c9175b9fe76e36d6733347fc8505b89cf99b1db8d86a809b2478258ef');
      expect(report.tasks[0]!.scores.map(({ filter, value, n }) => [filter, value, n])).toEqual([
        ['strict-match', 1, 1319],
        ['flexible-extract', 1, 1319],
      ]);
    });

    // The hashes were made with the templates and the sampler of lm-eval 0.4.13 in Python.
    it.each([
      {
        what: 'no shots',
        split: { fewshot: 0, docs: 0, numFewshot: 0 },
        asked: '212251d5762ffb390b1d84cce17515fd99fa892d0834c6759ad3131dbeee390b',
        hash: 'bf0b30bbb75a294895856bcc691882ba716a23eec69f59bc4ac37ba1b2f80a05',
      },
      {
        what: 'three shots of other rows',
        split: { fewshot: 300, docs: 300, numFewshot: 3 },
        asked: '2f7be0c2b36cfa526c070135f1251c48afa3be44e30636d9967b2c44fa0bed8a',
        hash: 'a618b966a612e85fca20f1765c4b0deeb6107676691626d5c21e4fdfe6e0c709',
      },
      {
        what: 'three shots of the same rows',
        split: { fewshot: 1200, docs: 0, numFewshot: 3 },
        asked: 'a897d8c064ecbb0bc3ea70490676caf2e595916bed88b5756aa1842779206d95',
        hash: '26b65e1214def02ae81d2f6b16442beab6ef834e7309776d3276444b4a982f8b',
      },
    ])('asks ANLI as the harness does, with $what', async ({ split, asked, hash }) => {
      const all = await rows(anli!);
      const model = oracle([]);
      const report = await run({
        model,
        tasks: [
          {
            task: anliR3,
            docs: all.slice(split.docs),
            fewshotDocs: all.slice(0, split.fewshot),
            numFewshot: split.numFewshot,
          },
        ],
      });
      expect(model.asked()).toBe(asked);
      expect(toLmEvalResults(report, { date: new Date(0) }).task_hashes['anli_r3']).toBe(hash);
      // An oracle without answers finds all equal: the first choice, which is right for 402 of the 1,200 rows.
      if (split.docs === 0) expect(report.tasks[0]!.scores[0]!.value).toBeCloseTo(402 / 1200, 12);
    });

    it('scores real rows with a real, if random, model', async () => {
      const { model, tokenizer } = await tinyLanguage();
      try {
        const report = await run({
          model: createLocalLanguageModel({ id: 'tiny', model, tokenizer, bos: 'always' }),
          tasks: [
            { task: arcChallenge, docs: await rows(arc!) },
            { task: gsm8kTask({ maxTokens: 8 }), docs: await rows(gsmTest!), numFewshot: 0 },
          ],
          limit: 20,
        });
        const [choices, replies] = report.tasks;
        expect(choices!.docs).toEqual({ original: 1172, effective: 20 });
        const logProbs = choices!.samples.flatMap(({ responses }) =>
          responses.map((response) => (response as { logProb: number }).logProb),
        );
        expect(logProbs.length).toBeGreaterThanOrEqual(60);
        expect(logProbs.every((value) => Number.isFinite(value) && value < 0)).toBe(true);
        expect(choices!.scores.map(({ metric, n }) => [metric, n])).toEqual([
          ['acc', 20],
          ['acc_norm', 20],
        ]);
        expect(replies!.samples).toHaveLength(40);
        expect(replies!.samples.every(({ responses }) => typeof responses[0] === 'string')).toBe(true);
        expect(replies!.samples.filter(({ responses }) => responses[0] !== '').length).toBeGreaterThan(30);
      } finally {
        model.dispose();
      }
    });
  },
);
