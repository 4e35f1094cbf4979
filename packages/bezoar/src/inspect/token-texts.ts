import type { Tokenizer } from '@bezoar/model';

export interface TokenText {
  /** Empty for a part of a character that a later token completes. */
  readonly text: string;
  readonly special: boolean;
}

/** More tokens than any character has. What a token stands for depends on no more of what is before it. */
const context = 8;

/** The text that each token adds to those before it; special tokens by their names. */
export function tokenTexts(ids: readonly number[], tokenizer: Tokenizer): TokenText[] {
  const names = new Map(Array.from(tokenizer.rendered?.special ?? [], ([name, id]) => [id, name]));
  const isSpecial = (id: number): boolean =>
    names.has(id) || id === tokenizer.bosId || id === tokenizer.eosId;
  let start = 0;
  return ids.map((id, index) => {
    if (isSpecial(id)) {
      start = index + 1;
      return { text: names.get(id) ?? (id === tokenizer.bosId ? 'BOS' : 'EOS'), special: true };
    }
    const from = Math.max(start, index - context);
    const next = ids[index + 1];
    const last = next === undefined || isSpecial(next);
    const before = whole(tokenizer.decode(ids.slice(from, index)));
    const after = tokenizer.decode(ids.slice(from, index + 1));
    return { text: (last ? after : whole(after)).slice(before.length), special: false };
  });
}

/** Without the character at the end whose last bytes are still to come. */
function whole(text: string): string {
  return text.replace(/\ufffd+$/, '');
}
