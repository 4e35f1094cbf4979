import { readJsonlFile } from '@bezoar/formats/node';
import { dataPath } from '@bezoar/golden';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { evaluate, type EvaluateOptions } from './evaluate.ts';
import type { LanguageModel } from './language-model.ts';
import type { EvaluationReport } from './report/evaluation-report.ts';
import { toLmEvalResults } from './report/lm-eval-results.ts';
import { arcChallenge } from './tasks/arc.ts';
import { gsm8k } from './tasks/gsm8k.ts';

const arc = dataPath('eval/arc_challenge-test.jsonl');
const gsmTest = dataPath('eval/gsm8k-test.jsonl');
const gsmTrain = dataPath('eval/gsm8k-train-2000.jsonl');
const missing = [arc, gsmTest, gsmTrain].includes(undefined);
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
  },
);
