/** A token that no user text may become: `<|im_end|>`, `</s>`. */
export interface SpecialToken {
  readonly text: string;
  readonly id: number;
  /** It takes the white space on its left, or right, with it (Phi-3). */
  readonly lstrip?: boolean | undefined;
  readonly rstrip?: boolean | undefined;
}

/**
 * Text that a chat template has rendered, special tokens standing in it by name. What users wrote goes through `protect`
 * before it is rendered, so that a message with `<|im_end|>` in it does not end its turn.
 */
export interface RenderedText {
  /** Every special token's id, by its text. */
  readonly special: ReadonlyMap<string, number>;
  /** Names of the tokens that templates call `bos_token` and `eos_token`. */
  readonly bosToken: string | undefined;
  readonly eosToken: string | undefined;
  /** Marks the names of special tokens inside a user's text as plain text. */
  protect(text: string): string;
  /** The text without the marks of `protect`: what a person reads. */
  plain(text: string): string;
  /** Rendered text to ids: names of special tokens are their ids, the text between them is encoded piece by piece. */
  encode(text: string): number[];
}

export interface RenderedTextOptions {
  readonly special: readonly SpecialToken[];
  readonly bosToken: string | undefined;
  readonly eosToken: string | undefined;
  readonly encode: (text: string) => number[];
  /** For pieces behind the first; the same by default. Some tokenizers put a space in front of the first one only. */
  readonly encodeLater?: ((text: string) => number[]) | undefined;
}

/** A noncharacter: Unicode keeps it for uses like this one, and no text that is exchanged has it. */
const mark = '\uFDD0';
const noncharacters = /[\uFDD0-\uFDEF]/g;

/** Encodes text that a chat template has made: names of special tokens in it are those tokens. */
export function createRenderedText(options: RenderedTextOptions): RenderedText {
  const { encode, encodeLater = encode, bosToken, eosToken } = options;
  const tokens = new Map(options.special.map((token) => [token.text, token]));
  const names = [...tokens.keys()].filter((text) => text !== '').sort((a, b) => b.length - a.length);
  // Without names the pattern matches nothing.
  const pattern = new RegExp(`(${names.map(escapePattern).join('|') || '(?!)'})`, 'u');
  const everyName = new RegExp(pattern.source, 'gu');
  const plain = (text: string): string => text.replaceAll(mark, '');
  return {
    special: new Map(options.special.map(({ text, id }) => [text, id])),
    bosToken,
    eosToken,
    plain,
    protect: (text) =>
      text.replace(noncharacters, '').replace(everyName, (name) => {
        const [first = '', ...rest] = Array.from(name);
        return `${first}${mark}${rest.join('')}`;
      }),
    encode(text) {
      const parts = text.split(pattern);
      return parts.flatMap((part, index) => {
        // Splitting by a group puts what it matched at the odd places.
        if (index % 2 === 1) return [tokens.get(part)!.id];
        let piece = part;
        if (tokens.get(parts[index - 1] ?? '')?.rstrip === true) piece = piece.trimStart();
        if (tokens.get(parts[index + 1] ?? '')?.lstrip === true) piece = piece.trimEnd();
        if (piece === '') return [];
        return (index === 0 ? encode : encodeLater)(plain(piece));
      });
    },
  };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
