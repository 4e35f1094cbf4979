export interface ExactMatchOptions {
  /** Removed from reply and target before they are compared. Patterns need the flag g. */
  readonly ignore?: readonly RegExp[];
  readonly ignoreCase?: boolean;
  readonly ignorePunctuation?: boolean;
}

/** 1 when reply and target are the same text after both are normalised, else 0. */
export function exactMatch(reply: string, target: string, options: ExactMatchOptions = {}): number {
  return normalise(reply, options) === normalise(target, options) ? 1 : 0;
}

/** ASCII punctuation: Python's `string.punctuation`. */
const punctuation = /[!-/:-@[-`{-~]/g;

function normalise(text: string, options: ExactMatchOptions): string {
  let rest = text;
  for (const pattern of options.ignore ?? []) rest = rest.replace(pattern, '');
  if (options.ignoreCase === true) rest = rest.toLowerCase();
  return options.ignorePunctuation === true ? rest.replace(punctuation, '') : rest;
}
