import { createRenderedText, type Tokenizer } from '@bezoar/model';

const special = ['<s>', '</s>', '<|im_start|>', '<|im_end|>'];
const codes = (text: string): number[] => Array.from(text, (char) => special.length + char.codePointAt(0)!);

/** One token per character, and four special ones. */
export const chatTokenizer: Tokenizer & { readonly rendered: NonNullable<Tokenizer['rendered']> } = {
  vocabSize: 70_000,
  bosId: 0,
  eosId: 1,
  unkId: undefined,
  addsBos: false,
  encode: codes,
  decode: (ids) => ids.map((id) => (id < special.length ? '' : String.fromCodePoint(id - special.length))).join(''),
  rendered: createRenderedText({
    special: special.map((text, id) => ({ text, id })),
    bosToken: '<s>',
    eosToken: '</s>',
    encode: codes,
  }),
};

/** Plain ChatML. */
export const chatMl: string =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** ChatML that drops the thoughts of all answers but the last, as thinking models do. */
export const forgetful: string = chatMl.replace(
  'message.content',
  "(message.content if loop.last else message.content.split('</think>')[-1])",
);

/** The same with the answers marked. */
export const forgetfulMarked: string =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}{% set content = message.content if loop.last else message.content.split('</think>')[-1] %}" +
  "{% if message.role == 'assistant' %}{% generation %}{{ content + '<|im_end|>' }}{% endgeneration %}{% else %}{{ content + '<|im_end|>' }}{% endif %}{{ '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
