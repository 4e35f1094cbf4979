import { describe, expect, it } from 'vitest';
import { trainingRowSchema } from './training-row.ts';

const user = { role: 'user', content: 'Hi' };
const assistant = { role: 'assistant', content: 'Yes?' };

describe('trainingRowSchema', () => {
  it.each([
    ['messages', { messages: [user, assistant] }, [user, assistant]],
    [
      'ShareGPT conversations with a system column',
      {
        system: 'Be kind.',
        conversations: [
          { from: 'human', value: 'Hi' },
          { from: 'gpt', value: 'Yes?' },
        ],
      },
      [{ role: 'system', content: 'Be kind.' }, user, assistant],
    ],
    [
      'messages in pieces, with weights',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'H' },
              { type: 'text', text: 'i' },
            ],
          },
          { ...assistant, weight: 0 },
          { ...assistant, weight: 1 },
        ],
      },
      [user, { ...assistant, train: false }, { ...assistant, train: true }],
    ],
    [
      'prompt and completion as messages: earlier answers are not learnt',
      { prompt: [user, assistant, user], completion: [assistant] },
      [{ ...user, train: false }, { ...assistant, train: false }, { ...user, train: false }, assistant],
    ],
  ])('reads %s', (_, row, turns) => {
    expect(trainingRowSchema.parse(row)).toEqual({ kind: 'conversation', turns });
  });

  it.each([
    [
      'alpaca',
      { instruction: 'Add.', input: '1 2', output: '3' },
      { instruction: 'Add.', input: '1 2', response: '3' },
    ],
    [
      'alpaca without input',
      { instruction: 'Hi', input: '', output: 'x' },
      { instruction: 'Hi', response: 'x' },
    ],
    [
      'dolly',
      { instruction: 'Add.', context: '1 2', response: '3', category: 'qa' },
      { instruction: 'Add.', input: '1 2', response: '3' },
    ],
    [
      'own rows',
      { id: 'a', system: 'S', instruction: ' I ', response: 'R', source: 'x' },
      { system: 'S', instruction: 'I', response: 'R' },
    ],
  ])('reads %s', (_, row, expected) => {
    expect(trainingRowSchema.parse(row)).toEqual({ kind: 'instruction', ...expected });
  });

  it('reads the published Orca rows', () => {
    const row = { inputs: 'Is a robin a bird?', targets: 'yes', explained_targets: 'Yes, because …' };
    const read = { kind: 'instruction', instruction: row.inputs, response: row.explained_targets };
    expect(trainingRowSchema.parse({ ...row, system_message: '', original_index: 3 })).toEqual(read);
    expect(trainingRowSchema.parse({ ...row, system_message: 'Explain.' })).toEqual({
      ...read,
      system: 'Explain.',
    });
    expect(trainingRowSchema.safeParse({ ...row, explained_targets: '' }).success).toBe(false);
  });

  it('reads text that needs no template', () => {
    expect(trainingRowSchema.parse({ prompt: '2+2=', completion: '4' })).toEqual({
      kind: 'text',
      prompt: '2+2=',
      completion: '4',
    });
    expect(trainingRowSchema.parse({ text: 'Once.' })).toEqual({
      kind: 'text',
      prompt: '',
      completion: 'Once.',
    });
  });

  it.each([
    ['unknown columns', { question: 'a', answer: 'b' }, /it has question, answer/],
    ['no response', { instruction: 'a' }, /a response or output is needed/],
    ['an empty response', { instruction: 'a', response: '' }, /a response is needed/],
    ['no messages', { messages: [] }, /there is no message/],
    [
      'a tool call',
      { messages: [user, { role: 'assistant', content: null, tool_calls: [] }] },
      /a message needs role and content/,
    ],
    ['tools', { messages: [user, assistant], tools: [{ name: 'search' }] }, /rows with tools/],
    ['no object', 'text', /object|record/],
  ])('refuses %s', (_, row, message) => {
    expect(trainingRowSchema.safeParse(row).error?.message).toMatch(message);
  });
});
