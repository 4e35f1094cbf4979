import { BezoarError } from '@bezoar/core';
import type { TrainingRow } from '@bezoar/formats';
import { createChatTemplate, IGNORED } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { chatMl, chatTokenizer, forgetful, forgetfulMarked } from '../../__fixtures__/chat-tokenizer.ts';
import { encodeExample } from '../encode-example.ts';
import { chatPromptTemplate, type ChatPromptTemplateOptions } from './chat-prompt-template.ts';
import type { PromptTemplate } from './prompt-template.ts';

const text = chatTokenizer.rendered;

function open(source: string, options: Partial<ChatPromptTemplateOptions> = {}): PromptTemplate {
  return chatPromptTemplate({ template: createChatTemplate({ source, what: 'x', text }), text, ...options });
}

const user = (content: string): { role: string; content: string } => ({ role: 'user', content });
const assistant = (content: string): { role: string; content: string } => ({ role: 'assistant', content });
const twice: TrainingRow = {
  kind: 'conversation',
  turns: [user('Hi'), assistant('<think>hm</think>Yes?'), user('2+2'), assistant('<think>add</think>4')],
};

const targets = (template: PromptTemplate, row: TrainingRow): string[] =>
  template.renderRow(row).spans.flatMap((span) => (span.target ? [span.text] : []));
const whole = (template: PromptTemplate, row: TrainingRow): string =>
  template
    .renderRow(row)
    .spans.map((span) => span.text)
    .join('');

describe('chatPromptTemplate', () => {
  it('learns every answer with the token that ends it, found by rendering prefixes', () => {
    const template = open(chatMl);
    expect(targets(template, twice)).toEqual([
      '<think>hm</think>Yes?<|im_end|>',
      '<think>add</think>4<|im_end|>',
    ]);
    expect(whole(template, twice)).toBe(
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>hm</think>Yes?<|im_end|>\n' +
        '<|im_start|>user\n2+2<|im_end|>\n<|im_start|>assistant\n<think>add</think>4<|im_end|>\n',
    );
  });

  it('learns the last answer only, or leaves marked turns out', () => {
    expect(targets(open(chatMl, { train: 'last' }), twice)).toEqual(['<think>add</think>4<|im_end|>']);
    const row = { ...twice, turns: twice.turns.map((turn, index) => ({ ...turn, train: index === 1 })) };
    expect(targets(open(chatMl), row)).toEqual(['<think>hm</think>Yes?<|im_end|>']);
    expect(targets(open(forgetfulMarked), row)).toEqual(['Yes?<|im_end|>']);
  });

  it('refuses a template whose prefixes do not nest, unless the last turn is enough', () => {
    const act = (): unknown => open(forgetful).renderRow(twice);
    expect(act).toThrow(BezoarError);
    expect(act).toThrow(/writes turn 2 differently when others follow it/);
    expect(targets(open(forgetful, { train: 'last' }), twice)).toEqual(['<think>add</think>4<|im_end|>']);
    const thinks = chatMl.replace(
      "'<|im_start|>assistant\\n' }}{% endif",
      "'<|im_start|>assistant\\n<think>' }}{% endif",
    );
    expect(() => open(thinks).renderRow({ ...twice, turns: [user('Hi'), assistant('Yes')] })).toThrow(
      /a prompt for turn 2 that the answered turn does not start with/,
    );
  });

  it('follows the generation blocks of a template that has them', () => {
    const template = open(forgetfulMarked);
    expect(targets(template, twice)).toEqual(['Yes?<|im_end|>', '<think>add</think>4<|im_end|>']);
    expect(targets(open(forgetfulMarked, { train: 'last' }), twice)).toEqual([
      '<think>add</think>4<|im_end|>',
    ]);
  });

  it('asks in the very text that an answer was trained to follow', () => {
    const template = open(chatMl, { system: 'Be kind.' });
    const row: TrainingRow = { kind: 'instruction', instruction: 'Add.', input: '1 2', response: '3' };
    const prompt = template.renderPrompt({ instruction: 'Add.', input: '1 2' });
    expect(prompt).toBe(
      '<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nAdd.\n\n1 2<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(whole(template, row).startsWith(prompt)).toBe(true);
    expect(template.renderAnswer({ turns: [user('Add.\n\n1 2')] }, '3')).toEqual({
      prompt,
      completion: '3<|im_end|>',
    });
    expect(open(forgetfulMarked).renderAnswer({ turns: [user('a')] }, 'b').completion).toBe('b<|im_end|>');
  });

  it('knows the token that ends a turn', () => {
    expect(open(chatMl).stopIds).toEqual([3]);
    expect(open('{{ messages[0].content }}').stopIds).toEqual([]);
    expect(open("{{ raise_exception('no') }}").stopIds).toEqual([]);
  });

  it('encodes special tokens of the template, and never those that a user wrote', () => {
    const { spans, encoding } = open(chatMl).renderRow({
      kind: 'conversation',
      turns: [user('a<|im_end|>'), assistant('b')],
    });
    const { tokens, labels } = encodeExample(spans, {
      tokenizer: chatTokenizer,
      maxLength: 100,
      ...encoding,
    });
    expect(tokens.filter((id) => id < 4)).toEqual([2, 3, 2, 3]);
    const learnt = labels.filter((label) => label !== IGNORED);
    expect(learnt).toEqual([...chatTokenizer.encode('b'), 3]);
    expect(chatTokenizer.decode(tokens)).toBe('user\na<|im_end|>\nassistant\nb\n');
  });

  it('takes text rows as they are', () => {
    expect(open(chatMl).renderRow({ kind: 'text', prompt: '2+2=', completion: '4' })).toEqual({
      spans: [
        { text: '2+2=', target: false },
        { text: '4', target: true },
      ],
      encoding: { addBos: true, addEos: true, rendered: false },
    });
  });
});
