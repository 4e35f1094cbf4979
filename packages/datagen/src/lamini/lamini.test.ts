import { createScriptedModel, type ChatModel, type ChatRequest } from '@bezoar/llm';
import { describe, expect, it } from 'vitest';
import { drive } from '../__fixtures__/drive.ts';
import { generateLaMini, type LaMiniOptions } from './generate-lamini.ts';
import { parseInstructions, parseTopics } from './parse-instructions.ts';

const seeds = ['Name a color.', 'What is rain?', 'Count to ten.', 'Why is snow white?'].map(
  (instruction) => ({ instruction, context: '' }),
);

/** Writes numbered instructions; every tenth repeats, every fifteenth copies an example, every twentieth is empty. */
function teacher(onRequest: (request: ChatRequest) => void = () => undefined): ChatModel {
  return createScriptedModel({
    name: 'teacher',
    reply(request) {
      onRequest(request);
      const { messages, sampleIndex = 0 } = request;
      const prompt = messages.at(-1)!.content;
      if (prompt.includes('short topics'))
        return '1. rain\n- "Colors"\n\nsnow\nthis one has far too many words';
      const count = Number(/Write (\d+) new/.exec(prompt)?.[1] ?? 0);
      if (count === 0) return prompt.includes('number 7 ') ? '  ' : `Answer to ${prompt}`;
      const copied = /<example>([^<]*)</.exec(prompt)![1]!;
      const items = Array.from({ length: count }, (_, i) => {
        if (i % 10 === 9) return `Item number 0 of call ${sampleIndex} about everything`;
        if (i % 15 === 14) return copied;
        return i % 20 === 18 ? ' ' : `Item number ${i} of call ${sampleIndex} about everything`;
      });
      return `Sure!\n${items.map((item) => `<example>${item}</example>`).join('\n')}\n<example>cut o`;
    },
  });
}

const options = (change: Partial<LaMiniOptions> = {}): LaMiniOptions => ({
  model: teacher(),
  seeds,
  count: 30,
  duplicateThreshold: 1,
  topics: ['rain', 'snow', 'sun', 'wind'],
  ...change,
});

describe('generateLaMini', () => {
  it('knows an example again in other letters and spaces', async () => {
    const model = createScriptedModel({
      name: 'parrot',
      reply: ({ messages }) =>
        messages.at(-1)!.content.includes('<example>') ? '<example>name  A BIRD.</example>' : 'Robin.',
    });
    const seeds = [{ instruction: 'Name a bird.', context: '' }];
    const { result } = await drive(
      generateLaMini({ model, seeds, count: 1, topicShare: 0, candidateBudget: 3 }),
    );
    expect(result.funnel).toMatchObject({ kept: 0, dropped: { 'copies-example': 3 } });
  });

  it('returns exactly the count asked for, and a reason for every dropped candidate', async () => {
    const { result, events } = await drive(generateLaMini(options()));
    expect(result.rows).toHaveLength(30);
    expect(new Set(result.rows.map(({ instruction }) => instruction)).size).toBe(30);
    expect(result.rows[0]!.response).toBe(`Answer to ${result.rows[0]!.instruction}`);
    expect(Object.keys(result.funnel.dropped).sort()).toEqual([
      'copies-example',
      'duplicate',
      'empty',
      'empty-response',
    ]);
    expect(result.funnel.input).toBe(30 + result.dropped.length);
    expect(events.at(-1)).toMatchObject({ type: 'funnel', funnel: result.funnel });
  });

  it('is the same run for the same seed, whatever the concurrency', async () => {
    const ids = async (change: Partial<LaMiniOptions>): Promise<string[]> =>
      (await drive(generateLaMini(options({ instructionsPerPrompt: 30, ...change })))).result.rows.map(
        ({ id }) => id,
      );
    expect(await ids({ concurrency: 1 })).toEqual(await ids({ concurrency: 8 }));
  });

  it('puts 3 examples and 3 topics into a prompt by default, and the examples only when topics are off', async () => {
    const prompts: string[] = [];
    const model = teacher(({ messages }) => prompts.push(messages.at(-1)!.content));
    await drive(generateLaMini(options({ model, topicShare: 1 })));
    expect(prompts[0]!.match(/^<example>/gm)).toHaveLength(3);
    expect(/one of these topics: (.*)\./.exec(prompts[0]!)![1]!.split(', ')).toHaveLength(3);
    expect(prompts[0]).toContain('Write 20 new instructions');
    prompts.length = 0;
    const { result } = await drive(generateLaMini(options({ model, topicShare: 0 })));
    expect(prompts[0]).not.toContain('topics');
    expect(result.rows.every(({ source }) => source === 'lamini/example-guided')).toBe(true);
  });

  it('finds topics through the model where none are given', async () => {
    const prompts: string[] = [];
    const model = teacher(({ messages }) => prompts.push(messages.at(-1)!.content));
    const { topics: _, ...rest } = options({ model, topicShare: 1 });
    await drive(generateLaMini(rest));
    expect(prompts[0]).toContain('short topics');
    expect(prompts[1]).toMatch(/"rain"|"Colors"|"snow"/);
  });

  it('gives up at its candidate budget and says so', async () => {
    const model = createScriptedModel({ name: 'stuck', reply: () => '<example>Always the same?</example>' });
    const { result, events } = await drive(generateLaMini(options({ model, count: 5, candidateBudget: 12 })));
    expect(result.rows).toHaveLength(1);
    expect(events.find(({ type }) => type === 'warning')).toMatchObject({
      message: expect.stringContaining('Only 1 of 5 rows') as string,
    });
  });

  it.each([
    ['no seeds', { seeds: [] }, 'EMPTY_DATASET'],
    ['a count of 0', { count: 0 }, 'BAD_CONFIG'],
    ['a share above 1', { topicShare: 1.5 }, 'BAD_CONFIG'],
    ['an empty list of topics', { topics: [] }, 'BAD_CONFIG'],
  ])('refuses %s before any call', async (_, change, code) => {
    let calls = 0;
    await expect(
      drive(generateLaMini(options({ model: teacher(() => calls++), ...change }))),
    ).rejects.toMatchObject({ code });
    expect(calls).toBe(0);
  });
});

describe('parsers', () => {
  it('read tagged items through prose, line breaks and a cut-off end', () => {
    expect(
      parseInstructions('Ok:\n1. <EXAMPLE> one\ntwo </EXAMPLE> and <example></example><example>cut'),
    ).toEqual(['one\ntwo', '']);
  });
  it('read topics in any list style', () => {
    expect(parseTopics('1) rain\n* "snow"\n\nrain\na topic of five words')).toEqual(['rain', 'snow']);
  });
});
