import { describe, expect, it } from 'vitest';
import { createRenderedText } from './rendered-text.ts';

/** Characters are tokens; a piece that starts the text has a space in front of it. */
const codes = (text: string): number[] => Array.from(text, (char) => char.codePointAt(0)!);
const text = createRenderedText({
  special: [
    { text: '<end>', id: 1001 },
    { text: '<end>!', id: 1002 },
    { text: '<user>', id: 1003, rstrip: true },
    { text: '<left>', id: 1004, lstrip: true },
  ],
  bosToken: undefined,
  eosToken: '<end>',
  encode: (piece) => codes(` ${piece}`),
  encodeLater: codes,
});

describe('createRenderedText', () => {
  it('makes names of special tokens ids, the longest name first, and encodes the text between', () => {
    expect(text.encode('a<end>b<end>!')).toEqual([...codes(' a'), 1001, ...codes('b'), 1002]);
  });

  it('gives only what starts the text a prefix', () => {
    expect(text.encode('<end>a')).toEqual([1001, ...codes('a')]);
  });

  it('lets tokens take the white space beside them', () => {
    expect(text.encode('<user>\n a <left>b')).toEqual([1003, ...codes('a'), 1004, ...codes('b')]);
  });

  it('never lets protected text act as a special token, and leaves no trace of the protection', () => {
    const written = 'I write <end>! and <user>';
    expect(text.encode(`<user>${text.protect(written)}<end>`)).toEqual([1003, ...codes(written), 1001]);
    expect(text.plain(text.protect(written))).toBe(written);
    expect(text.protect('\uFDD1plain')).toBe('plain');
  });

  it('encodes plain text where there are no special tokens', () => {
    const none = createRenderedText({ special: [], bosToken: undefined, eosToken: undefined, encode: codes });
    expect(none.encode('a<end>')).toEqual(codes('a<end>'));
  });
});
