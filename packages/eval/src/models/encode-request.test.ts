import { describe, expect, it } from 'vitest';
import { tinyLanguage } from '../__fixtures__/tiny-language.ts';
import { encodePrompt, encodeRequest, encodeWindows, type TextEncoding } from './encode-request.ts';

const { tokenizer } = await tinyLanguage();
const encoding: TextEncoding = { tokenizer, bos: 'never', maxLength: 63 };
const scoredText = ({ tokens, from }: { tokens: readonly number[]; from: number }): string =>
  tokenizer.decode(tokens.slice(from));

describe('encodeRequest', () => {
  it('encodes context and continuation as one text and scores what lies beyond the context', () => {
    const request = encodeRequest({ context: 'The robin is', continuation: ' a bird.' }, encoding);
    expect(request.tokens).toEqual(tokenizer.encode('The robin is a bird.'));
    expect(request.from).toBe(tokenizer.encode('The robin is').length);
    expect(scoredText(request)).toBe(' a bird.');
  });

  it('moves white space at the end of the context to the continuation', () => {
    const moved = encodeRequest({ context: 'The robin lives in the ', continuation: 'garden.' }, encoding);
    const plain = encodeRequest({ context: 'The robin lives in the', continuation: ' garden.' }, encoding);
    expect(moved).toEqual(plain);
    const apart = [...tokenizer.encode('The robin lives in the '), ...tokenizer.encode('garden.')];
    expect(moved.tokens).not.toEqual(apart);
    expect(scoredText(encodeRequest({ context: 'Yes.\n', continuation: 'The' }, encoding))).toBe('\nThe');
  });

  it('puts BOS in front when told to', () => {
    const request = { context: 'The robin', continuation: ' is' };
    const plain = encodeRequest(request, encoding);
    const always = encodeRequest(request, { ...encoding, bos: 'always' });
    expect(always).toEqual({ tokens: [1, ...plain.tokens], from: plain.from + 1 });
    expect(encodeRequest(request, { ...encoding, bos: 'tokenizer' })).toEqual(plain);
    const adding = { ...tokenizer, addsBos: true };
    expect(encodeRequest(request, { ...encoding, tokenizer: adding, bos: 'tokenizer' })).toEqual(always);
  });

  it('takes BOS, else EOS, for an empty context', () => {
    const request = { context: '', continuation: 'Yes' };
    const tokens = tokenizer.encode('Yes');
    expect(encodeRequest(request, encoding)).toEqual({ tokens: [1, ...tokens], from: 1 });
    expect(encodeRequest(request, { ...encoding, bos: 'always' })).toEqual({
      tokens: [1, ...tokens],
      from: 1,
    });
    const withoutBos = { ...tokenizer, bosId: undefined };
    expect(encodeRequest(request, { ...encoding, tokenizer: withoutBos }).tokens[0]).toBe(2);
  });

  it('leaves the context of a chat template as it is: special tokens by name, no BOS, its white space its own', () => {
    const request = { context: '<s>The robin is\n', continuation: 'a bird.', rendered: true };
    const { tokens, from } = encodeRequest(request, { ...encoding, bos: 'always' });
    expect(tokens).toEqual([1, ...tokenizer.encode('The robin is\na bird.')]);
    expect(from).toBe(1 + tokenizer.encode('The robin is\n').length);
    const prompt = { prompt: '<s>The robin', maxTokens: 10, rendered: true };
    expect(encodePrompt(prompt, { ...encoding, bos: 'always' })).toEqual([
      1,
      ...tokenizer.encode('The robin'),
    ]);
  });

  it('cuts what is too long on the left', () => {
    const whole = encodeRequest({ context: 'The robin lives in the', continuation: ' garden.' }, encoding);
    const scored = whole.tokens.length - whole.from;
    const cut = encodeRequest(
      { context: 'The robin lives in the', continuation: ' garden.' },
      { ...encoding, maxLength: scored + 1 },
    );
    expect(cut).toEqual({ tokens: whole.tokens.slice(-(scored + 2)), from: 2 });
  });

  it.each([
    { what: 'an empty continuation', continuation: '', changes: {}, code: 'BAD_INPUT' },
    {
      what: 'a continuation without room for context',
      continuation: '?!?!',
      changes: { maxLength: 3 },
      code: 'BAD_INPUT',
    },
    {
      what: 'BOS from a tokenizer that has none',
      continuation: ' robin',
      changes: { bos: 'always', tokenizer: { ...tokenizer, bosId: undefined } },
      code: 'BAD_CONFIG',
    },
  ] as const)('refuses $what', ({ continuation, changes, code }) => {
    expect(() => encodeRequest({ context: 'The', continuation }, { ...encoding, ...changes })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('encodeWindows', () => {
  const text = 'The robin lives in the garden. Is the robin in the garden? Yes.';
  const tokens = tokenizer.encode(text);

  it('scores every token once, the first after BOS, and sees what there is room for', () => {
    const [whole, ...none] = encodeWindows(text, encoding);
    expect(whole).toEqual({ tokens: [1, ...tokens], from: 1 });
    expect(none).toEqual([]);

    const size = Math.ceil(tokens.length / 2) + 1;
    expect(encodeWindows(text, { ...encoding, maxLength: size })).toEqual([
      { tokens: [1, ...tokens.slice(0, size)], from: 1 },
      { tokens: tokens.slice(-size - 1), from: 2 * size - tokens.length + 1 },
    ]);
    for (const maxLength of [2, 3, 5]) {
      const windows = encodeWindows(text, { ...encoding, maxLength });
      expect(windows.flatMap((window) => window.tokens.slice(window.from))).toEqual(tokens);
      expect(Math.max(...windows.map((window) => window.tokens.length - 1))).toBe(maxLength);
    }
  });

  it('scores the BOS that the tokenizer adds, as the harness does, and nothing in no text', () => {
    expect(encodeWindows('The', { ...encoding, bos: 'always' })).toEqual([
      { tokens: [1, 1, ...tokenizer.encode('The')], from: 1 },
    ]);
    expect(encodeWindows('', encoding)).toEqual([]);
  });
});

describe('encodePrompt', () => {
  it('leaves room for the new tokens', () => {
    const tokens = tokenizer.encode('The robin lives in the garden.');
    expect(encodePrompt({ prompt: 'The robin lives in the garden.', maxTokens: 60 }, encoding)).toEqual(
      tokens.slice(-3),
    );
    expect(encodePrompt({ prompt: 'The robin lives in the garden.', maxTokens: 10 }, encoding)).toEqual(
      tokens,
    );
    expect(encodePrompt({ prompt: '', maxTokens: 10 }, encoding)).toEqual([1]);
    expect(() => encodePrompt({ prompt: 'The', maxTokens: 63 }, encoding)).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG' }),
    );
  });
});
