import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tinyLanguage } from '../__fixtures__/tiny-language.ts';
import { evaluate, type EvaluateOptions } from '../evaluate.ts';
import type { LanguageModel } from '../language-model.ts';
import { createLocalLanguageModel } from '../models/create-local-language-model.ts';
import type { EvaluationReport } from '../report/evaluation-report.ts';
import { boolq } from '../tasks/boolq.ts';
import { gsm8kTask } from '../tasks/gsm8k.ts';
import { openAnswerFile } from './open-answer-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'bezoar-answers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { model, tokenizer } = await tinyLanguage();
const local = createLocalLanguageModel({ id: 'tiny', model, tokenizer, batchTokens: 100 });
const docs = Array.from({ length: 9 }, (_, index) => ({
  passage: 'The robin. '.repeat(index + 1).slice(0, 40),
  question: `is it ${index}`,
  label: index % 2,
}));
const problems = [
  { question: 'In?', answer: '#### 1' },
  { question: 'The robin?', answer: '#### 2' },
];
const tasks = [
  { task: boolq, docs },
  { task: gsm8kTask({ maxTokens: 4 }), docs: problems, numFewshot: 0 },
];

async function run(options: Partial<EvaluateOptions>): Promise<EvaluationReport> {
  const job = evaluate({ model: local, tasks, now: () => 0, ...options });
  for (;;) {
    const next = await job.next();
    if (next.done === true) return next.value;
  }
}

/** Counts what it is asked, and dies after so many answers. */
function counting(inner: LanguageModel, dies = Infinity): LanguageModel & { asked: () => number } {
  let asked = 0;
  const count = <Answer>(onAnswer: ((index: number, answer: Answer) => void) | undefined) => ({
    onAnswer(index: number, answer: Answer) {
      if (asked === dies) throw new Error('killed');
      asked += 1;
      onAnswer?.(index, answer);
    },
  });
  return {
    ...inner,
    asked: () => asked,
    loglikelihood: (requests, options) =>
      inner.loglikelihood(requests, { ...options, ...count(options?.onAnswer) }),
    generate: (requests, options) => inner.generate(requests, { ...options, ...count(options?.onAnswer) }),
  };
}

describe('an evaluation with an answer file', () => {
  it('goes on after a stop without asking again, to the same bits', async () => {
    const whole = await run({});
    const answers = (): ReturnType<typeof openAnswerFile> => openAnswerFile(join(folder, 'killed.jsonl'));
    await expect(run({ model: counting(local, 7), answers: answers() })).rejects.toThrow('killed');
    const second = counting(local);
    const report = await run({ model: second, answers: answers() });
    expect(report).toEqual(whole);
    // Its rounds are small: at most those of one were made and not told.
    expect(second.asked()).toBeLessThanOrEqual(20 - 7 + 6);

    const third = counting(local);
    expect(await run({ model: third, answers: answers() })).toEqual(whole);
    expect(third.asked()).toBe(0);
  });

  it('gives a model that does not plan ahead the unknown requests alone', async () => {
    const asked: string[] = [];
    const simple: LanguageModel = {
      id: 'simple',
      loglikelihood(requests) {
        asked.push(...requests.map(({ context }) => context));
        return Promise.resolve(requests.map(() => ({ logProb: -1, isGreedy: true })));
      },
      generate: (requests) => Promise.resolve(requests.map(() => '#### 1')),
    };
    const answers = openAnswerFile(join(folder, 'simple.jsonl'));
    await run({ model: simple, answers, limit: 4 });
    expect(asked).toHaveLength(8);
    await run({ model: simple, answers });
    expect(asked).toHaveLength(18);
    await run({ model: simple, answers, answerScope: 'other weights' });
    expect(asked).toHaveLength(36);
  });

  it('keeps whole lines, and says when it cannot write', () => {
    const path = join(folder, 'lines.jsonl');
    const store = openAnswerFile(path);
    store.put('a', { logProb: -0.1, isGreedy: false });
    store.put('b', 'text\nof two lines');
    store.put('c', -3);
    appendFileSync(path, '{"key":"d","answer":{"logPr');
    const again = openAnswerFile(path);
    expect(['a', 'b', 'c', 'd'].map((key) => again.get(key))).toEqual([
      { logProb: -0.1, isGreedy: false },
      'text\nof two lines',
      -3,
      undefined,
    ]);
    again.put('e', 'later');
    expect(openAnswerFile(path).get('e')).toBe('later');
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(6);

    writeFileSync(join(folder, 'file'), '');
    const blocked = openAnswerFile(join(folder, 'file', 'answers.jsonl'));
    expect(() => blocked.put('a', 'b')).toThrow(expect.objectContaining({ code: 'BAD_FILE' }));
  });
});
