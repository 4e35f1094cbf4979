import { createScriptedModel, type ChatModel } from '@bezoar/llm';
import { describe, expect, it } from 'vitest';
import { drive } from '../__fixtures__/drive.ts';
import { evolve, type EvolveOptions } from './evolve.ts';
import { evolvePrompt, parseEvolved } from './prompts.ts';
import { assistantTalk } from './rules/assistant-talk.ts';
import { leakedScaffold } from './rules/leaked-scaffold.ts';
import { malformed } from './rules/malformed.ts';
import { noInformationGain } from './rules/no-information-gain.ts';
import { onlyStopWords } from './rules/only-stop-words.ts';
import { refusal } from './rules/refusal.ts';

const given = (prompt: string): string => /#Given Prompt#:\n([\s\S]*?)\n\n#/.exec(prompt)![1]!;

/** Evolves by appending a mark; seeds whose first word is a rule's name break that rule. */
const teacher: ChatModel = createScriptedModel({
  name: 'teacher',
  reply({ messages }) {
    const prompt = messages.at(-1)!.content;
    if (!prompt.includes('#Given Prompt#')) {
      if (prompt.startsWith('refusal')) return 'I am sorry, I cannot.';
      return prompt.startsWith('stopwords') ? 'It is what it is, and so on.' : 'A fine answer.';
    }
    const parent = given(prompt);
    if (parent.startsWith('unchanged')) return parent;
    if (parent.startsWith('leak')) return `leak: the rewritten prompt is longer`;
    return `#Rewritten Prompt#: ${parent}!`;
  },
});
const judge: ChatModel = createScriptedModel({
  name: 'judge',
  reply: ({ messages, sampleIndex = 0 }) => {
    if (messages[0]!.content.includes('mumble')) return sampleIndex < 2 ? 'Hmm.' : 'They are not equal.';
    if (messages[0]!.content.includes('mute')) return 'Hmm.';
    return messages[0]!.content.includes('twin') ? 'equal' : 'not equal';
  },
});
const seedsOf = (...texts: string[]): EvolveOptions['seeds'] =>
  texts.map((instruction) => ({ instruction, context: '' }));

describe('evolve', () => {
  it('drops what a rule eliminates, with the rule as reason, and keeps the parent in the pool', async () => {
    const seeds = seedsOf('good one', 'refusal', 'stopwords', 'unchanged', 'leak', 'twin', 'mumble', 'mute');
    const { result } = await drive(evolve({ model: teacher, judge, seeds, rounds: 2 }));
    expect(result.rows.map(({ instruction }) => instruction)).toEqual([
      'good one!',
      'mumble!',
      'good one!!',
      'mumble!!',
    ]);
    expect(result.funnel.dropped).toEqual({
      'equality-unreadable': 2,
      'leaked-scaffold': 2,
      'no-information-gain': 2,
      'only-stop-words': 2,
      refusal: 2,
      unchanged: 2,
    });
    const [first, , second] = result.rows;
    expect(second!.lineage).toMatchObject({ parentId: first!.id, round: 2 });
    expect(first!.source).toBe(`evol/${first!.lineage!.operation}`);
  });

  it('makes one row of what becomes the same instruction, and keeps the other parent in the pool', async () => {
    const seeds = seedsOf('same', 'Same', 'same', 'same!');
    const { result } = await drive(evolve({ model: teacher, seeds, rounds: 2 }));
    // `same!` is a seed, so nothing becomes that; the row of `same!` becomes a longer one.
    expect(result.rows.map(({ instruction }) => instruction)).toEqual(['same!!', 'same!!!']);
    expect(result.funnel).toMatchObject({ input: 8, kept: 2, dropped: { duplicate: 6 } });
    expect(new Set(result.rows.map(({ id }) => id)).size).toBe(2);
    for (const { row } of result.dropped)
      expect(row).toMatchObject({ lineage: { eliminatedBy: 'duplicate' } });
  });

  it('draws one operation per row, or one per round for the whole pool', async () => {
    const seeds = seedsOf(...Array.from({ length: 90 }, (_, i) => `seed ${i}`));
    const operations = async (choice: 'row' | 'pool'): Promise<number> =>
      new Set(
        (await drive(evolve({ model: teacher, seeds, rounds: 1, choice }))).result.rows.map(
          ({ source }) => source,
        ),
      ).size;
    expect(await operations('row')).toBe(6);
    expect(await operations('pool')).toBe(1);
  });

  it('obeys the weights', async () => {
    const weights = {
      'add-constraints': 0,
      deepening: 0,
      concretizing: 0,
      'increase-reasoning': 0,
      'complicate-input': 0,
    };
    const { result } = await drive(evolve({ model: teacher, seeds: seedsOf('a', 'b', 'c'), weights }));
    expect(new Set(result.rows.map(({ source }) => source))).toEqual(new Set(['evol/breadth']));
  });

  it('is the same run for the same seed', async () => {
    const ids = async (seed: number, concurrency: number): Promise<string[]> =>
      (
        await drive(evolve({ model: teacher, seeds: seedsOf('a', 'b', 'c', 'd', 'e'), seed, concurrency }))
      ).result.rows.map(({ source, id }) => source + id);
    expect(await ids(1, 1)).toEqual(await ids(1, 4));
    expect(await ids(1, 1)).not.toEqual(await ids(2, 1));
  });

  it.each([
    ['no seeds', { seeds: [] }, 'EMPTY_DATASET'],
    ['no rounds', { rounds: 0 }, 'BAD_CONFIG'],
    ['a negative weight', { weights: { breadth: -1 } }, 'BAD_CONFIG'],
  ])('refuses %s', async (_, change, code) => {
    await expect(drive(evolve({ model: teacher, seeds: seedsOf('a'), ...change }))).rejects.toMatchObject({
      code,
    });
  });
});

describe('rules', () => {
  const candidate = (change: object): { parent: string; instruction: string; response: string } => ({
    parent: 'p',
    instruction: 'i',
    response: 'A real answer.',
    ...change,
  });

  it('refusal: "sorry" counts in short answers only', () => {
    expect(refusal(candidate({ response: 'I am sorry.' }))?.reason).toBe('refusal');
    expect(refusal(candidate({ response: `The sorry tale: ${'word '.repeat(90)}` }))).toBeUndefined();
    expect(refusal(candidate({}))).toBeUndefined();
  });
  it('only-stop-words: function words and punctuation are no answer', () => {
    expect(onlyStopWords(candidate({ response: 'It is, and that was that!' }))?.reason).toBe(
      'only-stop-words',
    );
    expect(onlyStopWords(candidate({ response: '' }))?.reason).toBe('only-stop-words');
    expect(onlyStopWords(candidate({ response: 'It is 4.' }))).toBeUndefined();
  });
  it('leaked-scaffold: any case, with or without marks', () => {
    expect(leakedScaffold(candidate({ instruction: 'As in the #Given Prompt#, do' }))?.detail).toBe(
      'given prompt',
    );
    expect(leakedScaffold(candidate({ instruction: 'Write a prompt' }))).toBeUndefined();
  });
  it('assistant-talk: the teacher talks in the place of writing, unless the parent said so', () => {
    const talk = { instruction: 'I\u2019m sorry, as an AI I cannot rewrite it.' };
    expect(assistantTalk(candidate(talk))).toEqual({ reason: 'assistant-talk', detail: "I'm sorry" });
    expect(assistantTalk(candidate({ instruction: 'Of course! How can I help you?' }))?.detail).toBe(
      'How can I help you',
    );
    expect(assistantTalk(candidate({ ...talk, parent: 'Write as an AI would.' }))).toBeUndefined();
    for (const instruction of ["Say I'm sorry as an airline would.", 'Whom can I help?'])
      expect(assistantTalk(candidate({ instruction }))).toBeUndefined();
  });
  it('malformed: empty, unchanged, wordy', () => {
    expect(malformed(candidate({ instruction: '' }))?.reason).toBe('empty');
    expect(malformed(candidate({ instruction: ' P\n' }))?.reason).toBe('unchanged');
    expect(malformed(candidate({ instruction: 'w '.repeat(102) }))?.reason).toBe('too-long');
  });
  it('no-information-gain: asks again up to its tries', async () => {
    let calls = 0;
    const undecided = createScriptedModel({ name: 'u', reply: () => `${++calls}` });
    expect(await noInformationGain(candidate({}), { judge: undecided })).toMatchObject({
      reason: 'equality-unreadable',
    });
    expect(calls).toBe(6);
  });
});

describe('prompts', () => {
  it('hold the instruction and one method, different for every operation', () => {
    const prompts = (
      [
        'add-constraints',
        'deepening',
        'concretizing',
        'increase-reasoning',
        'complicate-input',
        'breadth',
      ] as const
    ).map((operation) => evolvePrompt(operation, 'PARENT'));
    for (const prompt of prompts) expect(prompt.match(/PARENT/g)).toHaveLength(1);
    expect(new Set(prompts).size).toBe(6);
  });
  it('parseEvolved cuts an echoed label and wrapping quotes', () => {
    expect(parseEvolved('#Rewritten Prompt#:\n Do it. ')).toBe('Do it.');
    expect(parseEvolved('Created prompt: "Do it."')).toBe('Do it.');
    expect(parseEvolved('Say "hi" and "bye"')).toBe('Say "hi" and "bye"');
  });
});
