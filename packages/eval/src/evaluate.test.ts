import type { RunEvent } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { evaluate, type EvaluateOptions } from './evaluate.ts';
import type { LanguageModel } from './language-model.ts';
import type { EvaluationReport } from './report/evaluation-report.ts';
import { anliR1 } from './tasks/anli.ts';
import { arcChallenge, arcEasy, arcTask } from './tasks/arc.ts';
import { boolq } from './tasks/boolq.ts';
import { hellaswag } from './tasks/hellaswag.ts';
import { shortAnswerTask } from './tasks/short-answer-task.ts';
import { truthfulqaMc1 } from './tasks/truthfulqa.ts';
import { winogrande } from './tasks/winogrande.ts';

/** Likes what it is told to like; answers the question by its last word. */
function opinionated(likes: (continuation: string) => boolean): LanguageModel {
  return {
    id: 'opinionated',
    loglikelihood(requests, options) {
      options?.onProgress?.(requests.length, requests.length);
      return Promise.resolve(
        requests.map(({ continuation }) => ({ logProb: likes(continuation) ? -1 : -9, isGreedy: false })),
      );
    },
    generate: (requests) =>
      Promise.resolve(
        requests.map(({ prompt }) => `It is the ${prompt.split(' ').at(-1)!.replace('?', '')}.`),
      ),
  };
}

const arcRow = (question: string, answerKey: string) => ({
  question,
  choices: { text: ['bird', 'fish'], label: ['1', '2'] },
  answerKey,
});

const ending = (label: string) => ({
  activity_label: 'a',
  ctx_a: 'b',
  ctx_b: 'c',
  endings: ['d', 'e'],
  label,
});

async function run(options: EvaluateOptions): Promise<{ events: RunEvent[]; report: EvaluationReport }> {
  const events: RunEvent[] = [];
  const job = evaluate(options);
  for (;;) {
    const next = await job.next();
    if (next.done === true) return { events, report: next.value };
    events.push(next.value);
  }
}

describe('evaluate', () => {
  const model = opinionated((continuation) => continuation.includes('bird'));
  const arc = [arcRow('What is a robin?', '1'), arcRow('What is a carp?', '2')];
  const facts = [
    { question: 'Which animal is the owl?', answer: 'OWL' },
    { question: 'Which animal is the robin?', answer: 'bird' },
  ];
  const template = (question: string): string => `### Instruction:\n${question}`;

  it('says what it does and returns scores and samples of every task', async () => {
    let time = 0;
    const { events, report } = await run({
      model,
      tasks: [
        { task: arcTask({ name: 'choice', prompt: template }), docs: arc },
        { task: shortAnswerTask({ name: 'facts', prompt: template }), docs: facts },
      ],
      now: () => (time += 1500),
    });
    expect(events).toEqual([
      { type: 'stage-start', stage: 'eval', total: 2, detail: 'opinionated' },
      { type: 'progress', stage: 'eval', done: 4, total: 4, note: 'choice' },
      { type: 'evaluation', stage: 'eval', step: 1, metrics: { 'choice/acc': 0.5, 'choice/acc_norm': 0.5 } },
      { type: 'evaluation', stage: 'eval', step: 2, metrics: { 'facts/exact_match': 0.5 } },
      {
        type: 'stage-end',
        stage: 'eval',
        seconds: 1.5,
        metrics: { 'choice/acc': 0.5, 'choice/acc_norm': 0.5, 'facts/exact_match': 0.5 },
      },
    ]);
    const [choice, answers] = report.tasks;
    expect(choice!.samples[1]).toMatchObject({
      docId: 1,
      target: '1',
      asked: [
        { context: '### Instruction:\nWhat is a carp?', continuation: 'bird' },
        { context: '### Instruction:\nWhat is a carp?', continuation: 'fish' },
      ],
      scores: { acc: 0, acc_norm: 0 },
    });
    expect(answers!.samples.map(({ responses, filtered, scores }) => [responses, filtered, scores])).toEqual([
      [['It is the owl.'], ['owl'], { exact_match: 1 }],
      [['It is the robin.'], ['robin'], { exact_match: 0 }],
    ]);
  });

  it('puts examples of the pool in front, never the document itself', async () => {
    const pool = [arcRow('A?', '1'), arcRow('B?', '2')];
    const { report } = await run({
      model,
      tasks: [{ task: arcChallenge, docs: arc, fewshotDocs: pool, numFewshot: 2 }],
    });
    const request = report.tasks[0]!.samples[0]!.asked[0] as { context: string };
    expect(request.context.split('\n\n').sort()).toEqual([
      'Question: A?\nAnswer: bird',
      'Question: B?\nAnswer: fish',
      'Question: What is a robin?\nAnswer:',
    ]);

    const rows = ['x', 'y', 'z'].map((passage) => ({ passage, question: 'q', label: 0 }));
    const own = await run({ model, tasks: [{ task: boolq, docs: rows, fewshotDocs: rows, numFewshot: 2 }] });
    for (const [index, { asked }] of own.report.tasks[0]!.samples.entries()) {
      const passages = (asked[0] as { context: string }).context.split('\n\n').map((text) => text[0]);
      expect(passages.at(-1)).toBe(rows[index]!.passage);
      expect(passages.toSorted()).toEqual(['x', 'y', 'z']);
    }
  });

  it('leaves a document out of its own shots when it is drawn from the documents, for any task', async () => {
    const docs = ['A?', 'B?', 'C?'].map((question) => arcRow(question, '1'));
    const pool = structuredClone(docs);
    const { report } = await run({
      model,
      tasks: [{ task: arcChallenge, docs, fewshotDocs: pool, numFewshot: 2 }],
      limit: 2,
    });
    for (const { asked } of report.tasks[0]!.samples) {
      const questions = (asked[0] as { context: string }).context.split('\n\n').map((text) => text[10]);
      expect(questions.toSorted()).toEqual(['A', 'B', 'C']);
    }
  });

  it('draws other shots with another seed, and records it', async () => {
    const pool = Array.from({ length: 40 }, (_, index) => arcRow(`Number ${index}?`, '1'));
    const task = { task: arcChallenge, docs: arc, fewshotDocs: pool, numFewshot: 5 };
    const contextOf = ({ tasks }: EvaluationReport): string =>
      (tasks[0]!.samples[0]!.asked[0] as { context: string }).context;
    const { report: usual } = await run({ model, tasks: [task] });
    const { report: same } = await run({ model, tasks: [task], fewshotSeed: 1234 });
    const { report: other } = await run({ model, tasks: [task], fewshotSeed: 1 });
    expect([usual.fewshotSeed, other.fewshotSeed]).toEqual([1234, 1]);
    expect(contextOf(same)).toBe(contextOf(usual));
    expect(contextOf(other)).not.toBe(contextOf(usual));
  });

  it.each([
    { what: 'a limit of nothing', options: { limit: 0 }, message: /limit.*not 0/ },
    { what: 'a limit below nothing', options: { limit: -1 }, message: /limit.*not -1/ },
    { what: 'a limit that is no number', options: { limit: NaN }, message: /limit.*not NaN/ },
    { what: 'a seed that is not whole', options: { fewshotSeed: 0.5 }, message: /fewshotSeed.*not 0.5/ },
    { what: 'fewer than no shots', input: { numFewshot: -1 }, message: /arc_challenge: numFewshot.*not -1/ },
    { what: 'half a shot', input: { numFewshot: 1.5 }, message: /numFewshot.*not 1.5/ },
    {
      what: 'shots in a chat template',
      input: {
        task: arcTask({ name: 'own', prompt: (question) => question, rendered: true }),
        numFewshot: 1,
      },
      message: /own asks in a chat template/,
    },
    { what: 'two tasks of one name', twice: true, message: /Two tasks are named arc_challenge/ },
  ])('refuses $what', async ({ options, input, twice, message }) => {
    const task = { task: arcChallenge, docs: arc, fewshotDocs: arc, ...input };
    const tasks = twice === true ? [task, { ...task, numFewshot: 1 }] : [task];
    await expect(run({ model, tasks, ...options })).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringMatching(message) as string,
    });
  });

  it('keeps a locked number of shots, and looks only at the first rows under a limit', async () => {
    const targets = { choices: ['bird', 'stone'], labels: [1, 0] };
    const docs = ['a', 'b', 'c'].map((question) => ({ question, mc1_targets: targets }));
    const { report } = await run({ model, tasks: [{ task: truthfulqaMc1, docs, numFewshot: 5 }], limit: 2 });
    expect(report.tasks[0]).toMatchObject({ numFewshot: 0, docs: { original: 3, effective: 2 } });
    expect(report.limit).toBe(2);
  });

  it.each([
    {
      what: 'no rows',
      input: { task: arcChallenge, docs: [] },
      code: 'EMPTY_DATASET',
      message: /arc_challenge has no rows/,
    },
    {
      what: 'a missing column',
      input: { task: boolq, docs: [{ passage: 'p', question: 'q' }] },
      code: 'BAD_INPUT',
      message: /Row 1 of boolq.*label/,
    },
    {
      what: 'a key that is no label',
      input: { task: arcChallenge, docs: [arc[0], arcRow('What?', 'C')] },
      code: 'BAD_INPUT',
      message: /Row 2 of arc_challenge.*answerKey/,
    },
    {
      what: 'a label of no answer',
      input: { task: anliR1, docs: [{ premise: 'p', hypothesis: 'h', label: -1 }] },
      code: 'BAD_INPUT',
      message: /Row 1 of anli_r1.*label/,
    },
    {
      what: 'a sentence without a blank',
      input: { task: winogrande, docs: [{ sentence: 'a', option1: 'b', option2: 'c', answer: '1' }] },
      code: 'BAD_INPUT',
      message: /Row 1 of winogrande.*blank/,
    },
    {
      what: 'a label beyond the choices',
      input: { task: hellaswag, docs: [ending('2')] },
      code: 'BAD_INPUT',
      message: /Row 1 of hellaswag.*choice 2 is gold/,
    },
    {
      what: 'a bad few-shot row',
      input: { task: arcChallenge, docs: arc, fewshotDocs: [{}], numFewshot: 1 },
      code: 'BAD_INPUT',
      message: /Few-shot row 1/,
    },
    {
      what: 'too few few-shot rows',
      input: { task: arcChallenge, docs: arc, numFewshot: 3 },
      code: 'BAD_INPUT',
      message: /3 examples/,
    },
  ])('refuses $what before the model is asked', async ({ input, code, message }) => {
    const asked: LanguageModel = {
      id: 'asked',
      loglikelihood: () => Promise.reject(new Error('asked')),
      generate: () => Promise.reject(new Error('asked')),
    };
    const good = { task: arcEasy, docs: arc };
    await expect(run({ model: asked, tasks: [good, input] })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it('passes on what the model throws', async () => {
    const failing: LanguageModel = { ...model, loglikelihood: () => Promise.reject(new Error('no memory')) };
    await expect(run({ model: failing, tasks: [{ task: arcChallenge, docs: arc }] })).rejects.toThrow(
      'no memory',
    );
  });

  it('stops the model, and waits for it, when nobody listens any more', async () => {
    let ended = false;
    const slow: LanguageModel = {
      ...model,
      async loglikelihood(_, options) {
        options?.onProgress?.(1, 4);
        await new Promise((resolve) => options?.signal?.addEventListener('abort', resolve));
        ended = true;
        throw new Error('aborted');
      },
    };
    for await (const event of evaluate({ model: slow, tasks: [{ task: arcChallenge, docs: arc }] })) {
      if (event.type === 'progress') break;
    }
    expect(ended).toBe(true);
  });
});
