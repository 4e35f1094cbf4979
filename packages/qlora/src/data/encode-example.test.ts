import { IGNORED, type Tokenizer } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { encodeExample } from './encode-example.ts';
import { renderInstructionRow, renderPrompt } from './prompt-template.ts';

/** One token per character, but "ab" is one token: enough to straddle a border. */
const tokenizer: Tokenizer = {
  vocabSize: 200,
  bosId: 1,
  eosId: 2,
  unkId: 0,
  addsBos: true,
  encode: (text) =>
    (text.match(/ab|[^]/g) ?? []).map((piece) => (piece === 'ab' ? 199 : piece.charCodeAt(0))),
  decode: (ids) => ids.map((id) => (id === 199 ? 'ab' : String.fromCharCode(id))).join(''),
};
const code = (text: string): number[] => tokenizer.encode(text);

describe('encodeExample', () => {
  it('masks the prompt and makes the response and EOS targets', () => {
    const example = encodeExample(
      [
        { text: 'xy', target: false },
        { text: 'zz', target: true },
      ],
      { tokenizer, maxLength: 10 },
    );
    expect(example.tokens).toEqual([1, ...code('xyzz'), 2]);
    expect(example.labels).toEqual([IGNORED, IGNORED, IGNORED, ...code('zz'), 2]);
    expect(example.targetCount).toBe(3);
  });

  it('gives a token that straddles a border to the span it completes', () => {
    const { tokens, labels } = encodeExample(
      [
        { text: 'xa', target: false },
        { text: 'bz', target: true },
      ],
      { tokenizer, maxLength: 10, addBos: false, addEos: false },
    );
    expect(tokens).toEqual([...code('x'), 199, ...code('z')]);
    expect(labels).toEqual([IGNORED, 199, ...code('z')]);
  });

  it('keeps every target of several turns', () => {
    const spans = ['q', 'A', 'q', 'B'].map((text, index) => ({ text, target: index % 2 === 1 }));
    const { labels } = encodeExample(spans, { tokenizer, maxLength: 10 });
    expect(labels).toEqual([IGNORED, IGNORED, ...code('A'), IGNORED, ...code('B'), 2]);
  });

  it('cuts at the end and counts what is left', () => {
    const { tokens, targetCount } = encodeExample(
      [
        { text: 'xy', target: false },
        { text: 'zzzz', target: true },
      ],
      { tokenizer, maxLength: 4 },
    );
    expect(tokens).toHaveLength(4);
    expect(targetCount).toBe(1);
  });

  it('never makes the very first token a target: nothing predicts it', () => {
    const { labels, targetCount } = encodeExample([{ text: 'zz', target: true }], {
      tokenizer,
      maxLength: 9,
      addBos: false,
    });
    expect(labels[0]).toBe(IGNORED);
    expect(targetCount).toBe(2);
  });
});

describe('renderInstructionRow', () => {
  it('has the three headed sections, and the response is the only target', () => {
    const spans = renderInstructionRow(
      { instruction: 'Say hi.', response: 'Hi.' },
      { defaultSystem: 'Be kind.' },
    );
    expect(spans.map(({ text }) => text).join('')).toBe(
      '### System:\nBe kind.\n\n### Instruction:\nSay hi.\n\n### Response:\nHi.',
    );
    expect(spans.map(({ target }) => target)).toEqual([false, true]);
  });
  it("lets the row's own system text win", () => {
    expect(
      renderInstructionRow(
        { instruction: 'a', response: 'b', system: 'own' },
        { defaultSystem: 'default' },
      )[0]!.text,
    ).toBe(renderPrompt({ instruction: 'a', system: 'own' }));
  });
});
