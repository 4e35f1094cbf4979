import { createRenderedText, type Tokenizer } from '@bezoar/model';

const codes = (text: string): number[] => Array.from(text, (char) => char.charCodeAt(0));

/** One token per character; BOS is 1, EOS is 2, `<end>` is 3. */
export const lettersTokenizer: Tokenizer = {
  vocabSize: 200,
  bosId: 1,
  eosId: 2,
  unkId: undefined,
  addsBos: true,
  encode: codes,
  decode: String,
  rendered: createRenderedText({
    special: [{ text: '<end>', id: 3 }],
    bosToken: undefined,
    eosToken: undefined,
    encode: codes,
  }),
};
