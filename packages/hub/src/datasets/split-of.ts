const keywords: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'val', 'dev'],
  test: ['test', 'testing', 'eval', 'evaluation'],
};

/** The split that a file's name or folder speaks of, by the words that `datasets` looks for. The name goes first. */
export function splitOf(path: string): string | undefined {
  for (const part of path.toLowerCase().split('/').reverse()) {
    const words = part.split(/[^a-z]+/);
    for (const [split, names] of Object.entries(keywords))
      if (names.some((name) => words.includes(name))) return split;
  }
  return undefined;
}
