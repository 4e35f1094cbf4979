/**
 * Near-duplicate removal by MinHash-LSH: seconds, rows per second and peak memory for rows of which one in five is a
 * copy with a few words changed; and how many of those copies, measured exactly to be at the threshold or above it,
 * were found. Aim: 100,000 rows in 20 s and 1 GB.
 *
 *   pnpm bench dedupe [--rows N]
 */
import { createRng, type InstructionRow } from '@bezoar/core';
import { createMinHashIndex, dedupe, minHashIndexFromBytes } from '@bezoar/datagen';

export function run(args: readonly string[] = []): Promise<object> {
  const count = args.includes('--rows') ? Number(args[args.indexOf('--rows') + 1]) : 100_000;
  const { rows, copies } = makeRows(count);
  const index = createMinHashIndex({ seed: 1 });
  const start = performance.now();
  const { rows: kept, dropped } = dedupe({ rows, method: 'minhash', index });
  const seconds = (performance.now() - start) / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;

  const droppedIds = new Set(dropped.map(({ id }) => id));
  const found = [...copies].filter((id) => droppedIds.has(id)).length;
  const savedAt = performance.now();
  const bytes = index.toBytes();
  const loadedAt = performance.now();
  const loaded = minHashIndexFromBytes(bytes);
  const figures = {
    rows: count,
    meanWords: Math.round(rows.reduce((sum, row) => sum + row.instruction.split(' ').length, 0) / count),
    kept: kept.length,
    dropped: dropped.length,
    copiesAtOrAboveThreshold: copies.size,
    recall: Number((found / copies.size).toFixed(4)),
    seconds: Number(seconds.toFixed(2)),
    rowsPerSecond: Math.round(count / seconds),
    peakRssMiB: Math.round(peak),
    index: {
      rows: loaded.size,
      MiB: Math.round(bytes.length / 2 ** 20),
      saveSeconds: Number(((loadedAt - savedAt) / 1000).toFixed(2)),
      loadSeconds: Number(((performance.now() - loadedAt) / 1000).toFixed(2)),
    },
  };
  console.error(`${count} rows: ${figures.seconds} s, ${figures.peakRssMiB} MiB, recall ${figures.recall}`);
  return Promise.resolve(figures);
}

/** Texts of 20 to 140 words, as likely as Zipf has them; the copies are those that an exact comparison calls repeats. */
function makeRows(count: number): { rows: InstructionRow[]; copies: Set<string> } {
  const rng = createRng(7);
  const word = (): string => `word${Math.floor(20_000 ** rng.next())}`;
  const rows: InstructionRow[] = [];
  const originals: InstructionRow[] = [];
  const copies = new Set<string>();
  for (let i = 0; i < count; i++) {
    const original =
      originals.length > 0 && rng.next() < 0.2 ? rng.pick(originals).instruction.split(' ') : undefined;
    const text = original?.slice() ?? Array.from({ length: 20 + rng.int(120) }, word);
    if (original !== undefined) {
      for (let edits = rng.int(5); edits > 0; edits--) text[rng.int(text.length)] = word();
      if (similarity(original, text) >= 0.7) copies.add(`row-${i}`);
    }
    const row = { id: `row-${i}`, instruction: text.join(' '), response: 'r', source: 'bench' };
    rows.push(row);
    if (original === undefined) originals.push(row);
  }
  return { rows, copies };
}

/** Jaccard of the sets of word 5-grams, by strings. */
function similarity(a: readonly string[], b: readonly string[]): number {
  const grams = (words: readonly string[]): Set<string> =>
    new Set(words.slice(4).map((_, at) => words.slice(at, at + 5).join(' ')));
  const [left, right] = [grams(a), grams(b)];
  const shared = [...left].filter((gram) => right.has(gram)).length;
  return shared / (left.size + right.size - shared);
}
