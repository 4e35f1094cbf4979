import { BezoarError } from '@bezoar/core';
import { memoryFolder } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import { createChatTemplate, type ConversationTurn } from './chat-template.ts';
import { loadChatTemplate } from './load-chat-template.ts';
import { createRenderedText } from './rendered-text.ts';

const chatMl = `{% for message in messages %}
<|im_start|>{{ message['role'] }}
{{ message['content'] }}<|im_end|>
{% endfor %}
{% if add_generation_prompt %}
<|im_start|>assistant
{% endif %}`;

/** Blocks on lines of their own, indented, as in published templates. */
const marked = `{{ bos_token }}{% for message in messages %}
    {% if message.role == 'assistant' %}
        {%- generation %}
{{ message.content }}</s>
        {%- endgeneration %}
    {% else %}
[{{ message.content }}]
    {% endif %}
{% endfor %}`;

const turns: ConversationTurn[] = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Yes?' },
  { role: 'user', content: '2+2' },
  { role: 'assistant', content: '4' },
];
const what = 'chat_template.jinja';

function problem(act: () => unknown): BezoarError {
  try {
    act();
  } catch (error) {
    if (BezoarError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('createChatTemplate', () => {
  it('renders as transformers does: newlines behind blocks go, the prompt ends where the answer starts', () => {
    const template = createChatTemplate({ source: chatMl, what });
    expect(template.render(turns.slice(0, 1), { addGenerationPrompt: true })).toBe(
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(template.marksGeneration).toBe(false);
  });

  it('gives what the template marks as generated, and renders the same text without marks', () => {
    const text = createRenderedText({
      special: [{ text: '<s>', id: 1 }],
      bosToken: '<s>',
      eosToken: undefined,
      encode: () => [],
    });
    const template = createChatTemplate({ source: marked, what, text });
    expect(template.marksGeneration).toBe(true);
    const pieces = template.renderPieces(turns);
    expect(pieces).toEqual([
      { text: '<s>[Hi]\n', generated: false },
      { text: 'Yes?</s>', generated: true },
      { text: '[2+2]\n', generated: false },
      { text: '4</s>', generated: true },
    ]);
    expect(template.render(turns)).toBe(pieces.map((piece) => piece.text).join(''));
  });

  it('protects what users write from acting as special tokens or as marks', () => {
    const text = createRenderedText({
      special: [{ text: '</s>', id: 2 }],
      bosToken: undefined,
      eosToken: '</s>',
      encode: (piece) => [piece.length],
    });
    const template = createChatTemplate({ source: marked, what, text });
    const rendered = template.render([{ role: 'user', content: 'a</s>\uFDD1b' }]);
    expect(text.encode(rendered)).toEqual(['[a</s>b]\n'.length]);
  });

  it('says what a template objects to, with the roles', () => {
    const source = "{{ raise_exception('Roles must alternate!') }}";
    const error = problem(() => createChatTemplate({ source, what }).render(turns));
    expect(error).toMatchObject({
      code: 'BAD_INPUT',
      message: 'chat_template.jinja refuses a conversation: Roles must alternate!',
      advice: 'Its roles are user, assistant, user, assistant.',
    });
  });

  it('tells the date that it is given, and none of its own', () => {
    const guarded = "{{ strftime_now('%d %b %Y') if strftime_now is defined else 'no date' }}";
    const date = new Date('2026-03-07');
    expect(createChatTemplate({ source: guarded, what }).render(turns)).toBe('no date');
    expect(createChatTemplate({ source: guarded, what, date }).render(turns)).toBe('07 Mar 2026');
    const error = problem(() =>
      createChatTemplate({ source: "{{ strftime_now('%Y') }}", what }).render(turns),
    );
    expect(error.advice).toContain('date: 2026-01-31');
  });

  it('refuses what is no template', () => {
    expect(problem(() => createChatTemplate({ source: '{% for %}', what })).code).toBe('BAD_FILE');
  });
});

describe('loadChatTemplate', () => {
  const folder = (files: Readonly<Record<string, string>>): ReturnType<typeof memoryFolder> =>
    memoryFolder(
      new Map(Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)])),
    );
  const config = (template: unknown): string => JSON.stringify({ chat_template: template });

  it.each([
    ['chat_template.jinja first', { 'chat_template.jinja': 'a', 'tokenizer_config.json': config('b') }, 'a'],
    ['tokenizer_config.json', { 'tokenizer_config.json': config('b') }, 'b'],
    ['chat_template.json', { 'chat_template.json': config('c'), 'tokenizer_config.json': config('b') }, 'c'],
    [
      'the default of several',
      {
        'tokenizer_config.json': config([
          { name: 'tool_use', template: 't' },
          { name: 'default', template: 'd' },
        ]),
      },
      'd',
    ],
  ])('reads %s', async (_, files, source) => {
    expect((await loadChatTemplate(folder(files)))?.source).toBe(source);
  });

  it('finds none where there is none', async () => {
    expect(await loadChatTemplate(folder({ 'tokenizer_config.json': config(null) }))).toBeUndefined();
    expect(await loadChatTemplate(folder({}))).toBeUndefined();
  });
});
