import { BezoarError, finishJob } from '@bezoar/core';
import { createOpenAiModel, createScriptedModel, type ChatModel, type ChatRequest } from '@bezoar/llm';
import { startChatServer, type ChatServer, type ServerReply } from '@bezoar/llm/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { answer, answersOf, question } from '../../__fixtures__/mt-bench.ts';
import type { MtBenchAnswer } from '../files/answer.ts';
import { judgeSettings } from '../judge-settings.ts';
import { defaultJudgePrompts } from '../prompts/default-prompts.ts';
import type { JudgePrompt } from '../prompts/judge-prompt.ts';
import { fastChatPromptSet, type PromptSet } from '../prompts/prompt-set.ts';
import { singleReport } from '../scores/single-report.ts';
import { answerQuestions } from './answer-questions.ts';
import type { JudgeOptions } from './judge-options.ts';
import { judgePairwise } from './judge-pairwise.ts';
import { judgeSingle } from './judge-single.ts';

const questions = [question(81, 'writing'), question(111, 'math')];
const references = [answer('gold', 111, ['ref {one}', 'ref two'])];

/** FastChat's names and fields, other words. */
const marked: PromptSet = fastChatPromptSet(
  'marked',
  ['single-v1', 'single-math-v1', 'pair-v2', 'pair-math-v1'].flatMap((name): JudgePrompt[] => {
    const pair = name.startsWith('pair');
    const type = pair ? 'pairwise' : 'single';
    const output_format = pair ? '[[A]]' : '[[rating]]';
    const answers = pair ? ['answer_a', 'answer_b'] : ['answer'];
    const reference = name.includes('math') ? '|{ref_answer_1}' : '';
    const first = `{question}|${answers.map((field) => `{${field}}`).join('|')}${reference}|{{x}}`;
    const second = `{question_1}|{question_2}|${answers.map((field) => `{${field}_1}|{${field}_2}`).join('|')}${reference}`;
    return [
      { name, type, system_prompt: `be ${name}`, prompt_template: first, output_format },
      {
        name: `${name}-multi-turn`,
        type,
        system_prompt: 'look at the second',
        prompt_template: second,
        output_format,
      },
    ];
  }),
);

function scripted(reply: (request: ChatRequest) => string): { model: ChatModel; requests: ChatRequest[] } {
  const requests: ChatRequest[] = [];
  const model = createScriptedModel({
    name: 'judge',
    reply(request) {
      requests.push(request);
      return reply(request);
    },
  });
  return { model, requests };
}

const base = (model: ChatModel, models = ['m']): JudgeOptions => ({
  questions,
  answers: models.flatMap((name) => answersOf(name, questions)),
  judge: { name: 'j', model },
  prompts: marked,
  references,
  now: () => new Date(5000),
});
const userText = ({ messages }: Pick<ChatRequest, 'messages'>): string => messages.at(-1)!.content;

describe('judgeSingle', () => {
  it('shows question, answer and reference as the prompt says, turn by turn, and writes FastChat’s lines', async () => {
    const { model, requests } = scripted(() => 'Fine. Rating: [[7.5]]');
    const judgments = await finishJob(judgeSingle(base(model)));
    expect(requests.map(userText)).toEqual([
      'first of 81|m one 81|{x}',
      'first of 81|second of 81|m one 81|m two 81',
      'first of 111|m one 111|ref {one}|{x}',
      'first of 111|second of 111|m one 111|m two 111|ref {one}',
    ]);
    expect(requests[0]).toMatchObject({
      messages: [{ role: 'system', content: 'be single-v1' }, { role: 'user' }],
      temperature: 0,
      maxTokens: 2048,
    });
    expect(judgments[2]).toEqual({
      question_id: 111,
      model: 'm',
      judge: ['j', 'single-math-v1'],
      user_prompt: 'first of 111|m one 111|ref {one}|{x}',
      judgment: 'Fine. Rating: [[7.5]]',
      score: 7.5,
      turn: 1,
      tstamp: 5,
    });
  });

  it.each([
    ['The user wrote [[10]]; so [[3]]', 3, 10],
    ['[[ 4 ]]', 4, -1],
    ['[[4]] or so, [[?]]', -1, 4],
    ['[[11]]', -1, 11],
    ['Rating: [6]', -1, 6],
    ['good', -1, -1],
    ['', -1, -1],
  ])('reads %j strictly as %d, and as FastChat does as %d', async (text, strict, fastchat) => {
    const { model } = scripted(() => text);
    const scores = async (settings: JudgeOptions['settings']): Promise<number[]> =>
      (await finishJob(judgeSingle({ ...base(model), settings }))).map(({ score }) => score);
    expect(new Set(await scores(undefined))).toEqual(new Set([strict]));
    expect(new Set(await scores(judgeSettings['fastchat-gpt-4']))).toEqual(new Set([fastchat]));
  });

  it('reads the structured verdict of its own prompts first, after a repair turn, and a mark where there is none', async () => {
    const replies = [
      '{"explanation":"e","rating":"8/10"}',
      'hm',
      '{"explanation":"e","rating":11}',
      'no',
      'still [[2]]',
    ];
    const { model, requests } = scripted(() => replies.shift() ?? '{"explanation":"e","rating":1}');
    const judgments = await finishJob(judgeSingle({ ...base(model), prompts: undefined, concurrency: 1 }));
    // hm → 11, off the scale; no → a mark.
    expect(judgments.map(({ score }) => score)).toEqual([8, -1, 2, 1]);
    expect(judgments[1]).toMatchObject({ missing: 'unreadable', judge: ['j', 'bezoar-single-turn-2'] });
    expect(requests[0]!.responseSchema).toMatchObject({ type: 'object' });
    expect(userText(requests.at(-1)!)).toContain('ref {one}');
  });

  it('takes the general prompts without references, and refuses a set that lacks one', async () => {
    const { model } = scripted(() => '[[5]]');
    const judgments = await finishJob(judgeSingle({ ...base(model), references: undefined }));
    expect(judgments[2]!.judge[1]).toBe('single-v1');
    const short = [answer('gold', 111, ['only one'])];
    await expect(finishJob(judgeSingle({ ...base(model), references: short }))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('question 111') as string,
    });
  });

  it('does not grade what was not answered: it is missing, and nobody is asked', async () => {
    const { model, requests } = scripted(() => '[[5]]');
    const answers: MtBenchAnswer[] = [answer('m', 81, ['ERROR', 'ERROR']), answer('m', 111, ['one only'])];
    const judgments = await finishJob(judgeSingle({ ...base(model), answers }));
    expect(judgments.map(({ score, missing }) => [score, missing])).toEqual([
      [-1, 'no-answer'],
      [-1, 'no-answer'],
      [5, undefined],
      [-1, 'no-answer'],
    ]);
    expect(requests).toHaveLength(1);
  });

  it('puts pairwise instructions where Claude 2.1 got them', async () => {
    const { model, requests } = scripted(() => '[[C]]');
    await finishJob(
      judgePairwise({ ...base(model, ['m', 'n']), settings: judgeSettings['fastchat-claude-2.1'] }),
    );
    expect(requests[0]!.messages).toEqual([
      { role: 'user', content: '[Instruction]\nbe pair-v2\n\nfirst of 81|m one 81|n one 81|{x}' },
    ]);
    expect(requests[0]!.maxTokens).toBe(1024);
  });
});

describe('judgePairwise', () => {
  /** Prefers m, and in the second turn whoever stands first. */
  const preferring = (request: ChatRequest): string => {
    const parts = userText(request).split('|');
    if (parts[1]!.startsWith('second')) return '[[A]]';
    return parts[1]!.startsWith('m') ? '[[A]]' : parts[2]!.startsWith('m') ? 'not [[A]] but [[B]]' : '[[c]]';
  };
  it('plays both orders, and names winners by model', async () => {
    const { model } = scripted(preferring);
    const judgments = await finishJob(judgePairwise({ ...base(model, ['m', 'n', 'o']), baseline: 'n' }));
    expect(
      judgments.map(({ model_1: a, model_2: b, turn, g1_winner: g1, g2_winner: g2 }) => [a, b, turn, g1, g2]),
    ).toEqual([
      ['m', 'n', 1, 'model_1', 'model_1'],
      ['m', 'n', 2, 'model_1', 'model_2'],
      ['m', 'n', 1, 'model_1', 'model_1'],
      ['m', 'n', 2, 'model_1', 'model_2'],
      ['o', 'n', 1, 'tie', 'tie'],
      ['o', 'n', 2, 'model_1', 'model_2'],
      ['o', 'n', 1, 'tie', 'tie'],
      ['o', 'n', 2, 'model_1', 'model_2'],
    ]);
    const all = await finishJob(judgePairwise(base(model, ['m', 'n', 'o'])));
    expect(new Set(all.map(({ model_1: a, model_2: b }) => `${a}${b}`))).toEqual(new Set(['mn', 'mo', 'no']));
  });
  it('reads the first of A, B and C as FastChat does, whichever comes last', async () => {
    const { model } = scripted(() => 'Not [[B]], nor [[A]]: [[C]]');
    const winners = async (settings: JudgeOptions['settings']): Promise<string> =>
      (await finishJob(judgePairwise({ ...base(model, ['m', 'n']), settings })))[0]!.g1_winner;
    expect(await winners(undefined)).toBe('tie');
    expect(await winners(judgeSettings['fastchat-gpt-4'])).toBe('model_1');
  });
  it.each([
    ['one model', ['m'], undefined],
    ['an unknown baseline', ['m', 'n'], 'x'],
  ])('refuses %s', async (_, models, baseline) => {
    const { model } = scripted(() => '[[A]]');
    await expect(finishJob(judgePairwise({ ...base(model, models), baseline }))).rejects.toMatchObject({
      code: 'BAD_CONFIG',
    });
  });
  it('asks for a winner as JSON with its own prompts', async () => {
    const { model, requests } = scripted(() => '{"explanation":"e","winner":"Tie"}');
    const judgments = await finishJob(
      judgePairwise({ ...base(model, ['m', 'n']), prompts: defaultJudgePrompts }),
    );
    expect(judgments.every(({ g1_winner: a, g2_winner: b }) => a === 'tie' && b === 'tie')).toBe(true);
    for (const part of ['first of 81', 'm one 81', 'n one 81'])
      expect(userText(requests[0]!)).toContain(part);
  });
});

describe('a judge that fails', () => {
  let server: ChatServer;
  afterEach(() => server.close());
  const whole = (content: string, finish_reason: string): ServerReply => ({
    status: 200,
    body: { choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason }] },
  });
  /** Fails on question 81, turn 1. */
  async function judgeWith(failure: ServerReply, settings?: JudgeOptions['settings']): Promise<JudgeOptions> {
    server = await startChatServer({
      reply: (request) => {
        if (!userText(request).startsWith('first of 81|m')) return '[[6]]';
        return failure === 'hang' ? new Promise<never>(() => undefined) : failure;
      },
    });
    const model = createOpenAiModel({
      model: 'judge',
      baseURL: server.url,
      apiKey: 'k',
      timeoutMs: 200,
      maxRetries: 1,
      baseDelayMs: 1,
    });
    return { ...base(model), settings };
  }

  it.each([
    ['rejects', { status: 400, body: { error: { message: 'No.' } } }, 'rejected-by-provider'],
    ['is cut off behind a quoted mark', whole('The answer says [[10]], but', 'length'), 'truncated'],
    ['refuses', whole('', 'content_filter'), 'refused'],
    ['says garbage', 'Well, [[ten]]!', 'unreadable'],
    ['is down for one call', { status: 500, body: 'x' }, 'unavailable'],
    ['does not answer in time', 'hang', 'unavailable'],
  ] as const)('%s: no score changes, one is missing, with its bounds', async (_, failure, missing) => {
    const judgments = await finishJob(judgeSingle(await judgeWith(failure)));
    expect(judgments.map(({ score }) => score)).toEqual([-1, 6, 6, 6]);
    expect(judgments[0]!.missing).toBe(missing);
    const [scores] = singleReport({ questions, judgments }).models;
    expect(scores).toMatchObject({
      average: { score: 6, judged: 3, missing: 1, bounds: [(18 + 1) / 4, (18 + 10) / 4] },
      missing: { [missing]: 1 },
    });
  });

  it('reads a reply that was cut off where FastChat’s settings are asked for', async () => {
    const options = await judgeWith(
      whole('Rating: [[9]] because', 'length'),
      judgeSettings['fastchat-claude-2.1'],
    );
    expect((await finishJob(judgeSingle(options)))[0]).toMatchObject({ score: 9 });
  });

  it('ends the run when it is down for all', async () => {
    server = await startChatServer({ reply: () => ({ status: 503, body: 'x' }) });
    const model = createOpenAiModel({
      model: 'judge',
      baseURL: server.url,
      apiKey: 'k',
      maxRetries: 0,
    });
    const error: unknown = await finishJob(judgeSingle(base(model))).catch((thrown: unknown) => thrown);
    expect(BezoarError.isInstance(error) && error.code).toBe('PROVIDER_UNAVAILABLE');
  });
});

describe('answerQuestions', () => {
  it('asks the second turn after the model’s own first answer, as warm as the category is', async () => {
    const { model, requests } = scripted(({ messages }) => `to ${messages.at(-1)!.content}`);
    const { answers, unanswered } = await finishJob(
      answerQuestions({
        questions,
        model,
        name: 'mine',
        system: 'be kind',
        concurrency: 1,
        now: () => new Date(9000),
      }),
    );
    expect(requests.map(({ temperature, maxTokens }) => [temperature, maxTokens])).toEqual([
      [0.7, 1024],
      [0.7, 1024],
      [0, 1024],
      [0, 1024],
    ]);
    expect(requests[1]!.messages).toEqual([
      { role: 'system', content: 'be kind' },
      { role: 'user', content: 'first of 81' },
      { role: 'assistant', content: 'to first of 81' },
      { role: 'user', content: 'second of 81' },
    ]);
    expect(answers[0]).toMatchObject({
      question_id: 81,
      model_id: 'mine',
      choices: [{ index: 0, turns: ['to first of 81', 'to second of 81'] }],
      tstamp: 9,
    });
    expect(unanswered).toEqual([]);
  });

  it('keeps what is cut off, and says which questions have no answer', async () => {
    const server = await startChatServer({
      reply: ({ messages }) =>
        messages[0]!.content === 'first of 81'
          ? { status: 400, body: { error: { message: 'No.' } } }
          : {
              status: 200,
              body: {
                choices: [
                  { index: 0, message: { role: 'assistant', content: 'long' }, finish_reason: 'length' },
                ],
              },
            },
    });
    const model = createOpenAiModel({ model: 'm', baseURL: server.url, apiKey: 'k' });
    const { answers, unanswered } = await finishJob(answerQuestions({ questions, model, name: 'm' }));
    await server.close();
    expect(answers.map(({ question_id: id, choices }) => [id, choices[0]!.turns])).toEqual([
      [111, ['long', 'long']],
    ]);
    expect(unanswered).toMatchObject([{ question_id: 81, reason: 'rejected-by-provider' }]);
  });

  it('refuses two questions of one id', async () => {
    const { model } = scripted(() => 'x');
    const twice = [questions[0]!, questions[0]!];
    await expect(finishJob(answerQuestions({ questions: twice, model, name: 'm' }))).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });
});
