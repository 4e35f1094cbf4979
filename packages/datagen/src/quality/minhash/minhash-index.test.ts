import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { candidateProbability, chooseBanding } from './choose-banding.ts';
import { jaccard } from './jaccard.ts';
import { createMinHasher } from './min-hasher.ts';
import { createMinHashIndex, minHashIndexFromBytes } from './minhash-index.ts';
import { shingleSet } from './shingle-set.ts';

/** Texts in families: a text and copies of it with a few words changed, so that all similarities occur and no two are equal. */
function families(count: number, seed: number): string[] {
  const rng = createRng(seed);
  const word = (): string => `w${rng.int(3000)}`;
  const texts: string[] = [];
  while (texts.length < count) {
    const base = Array.from({ length: 40 + rng.int(120) }, word);
    for (let copy = rng.int(6); copy >= 0; copy--) {
      const changed = base.slice();
      for (let edits = rng.int(3); edits > 0; edits--) changed[rng.int(changed.length)] = word();
      texts.push(changed.join(' '));
    }
  }
  return rng.shuffle([...new Set(texts)].slice(0, count));
}

describe('createMinHashIndex', () => {
  it('finds what a comparison of every pair finds: no false one, at least 95 % of the true ones', () => {
    const texts = families(600, 3);
    const sets = texts.map((text) => shingleSet(text, 5));
    for (const threshold of [0.5, 0.7, 0.85]) {
      const index = createMinHashIndex({ threshold, seed: 1 });
      let wanted = 0;
      let found = 0;
      for (const [at, text] of texts.entries()) {
        const slow = texts.flatMap((_, other) =>
          other < at && jaccard(sets[at]!, sets[other]!) >= threshold ? [String(other)] : [],
        );
        const fast = index.find(text);
        for (const { id, similarity } of fast) {
          expect(slow).toContain(id);
          expect(similarity).toBe(jaccard(sets[at]!, sets[Number(id)]!));
        }
        wanted += slow.length;
        found += fast.length;
        index.add(String(at), text);
      }
      expect(wanted).toBeGreaterThan(100);
      expect(found / wanted).toBeGreaterThanOrEqual(0.95);
    }
  });

  it('joins near-duplicates into clusters, through a text between two that are not alike', () => {
    const text = (...from: number[]): string => from.map((n) => `word${n}`).join(' ');
    const range = (start: number): number[] => Array.from({ length: 40 }, (_, i) => start + i);
    const index = createMinHashIndex({ threshold: 0.7 });
    index.add('left', text(...range(0)));
    index.add('other', text(...range(500)));
    index.add('right', text(...range(10)));
    expect(index.clusters()).toEqual([]);
    index.add('middle', text(...range(5)));
    expect(index.clusters()).toEqual([['left', 'right', 'middle']]);
    expect(index.find(text(...range(8))).map(({ id, cluster }) => [id, cluster])).toEqual([
      ['right', 'left'],
      ['middle', 'left'],
    ]);
  });

  it('folds case, space, punctuation and width, in every script', () => {
    const index = createMinHashIndex();
    index.add('a', 'Wie groß ist der Mond, von der Erde aus gesehen?');
    index.add('b', '月はなぜ夜に明るく見えるのですか。');
    expect(index.find('wie GROSS ist der mond')).toEqual([]);
    expect(index.find('wie groß ist der MOND – von der Erde aus gesehen')[0]).toMatchObject({
      id: 'a',
      similarity: 1,
    });
    expect(index.find('月はなぜ、夜に明るく見えるのですか?')[0]).toMatchObject({ id: 'b', similarity: 1 });
  });

  it('takes a text shorter than a shingle as a whole, and one without words as like no other', () => {
    const index = createMinHashIndex();
    index.add('short', 'Name a bird.');
    index.add('none', '???');
    expect(index.find('name a bird')).toHaveLength(1);
    expect(index.find('name a fish')).toEqual([]);
    expect(index.find('???')).toEqual([]);
    expect(index.size).toBe(2);
  });

  it('stays fast and joins all when thousands of texts are the same', () => {
    const index = createMinHashIndex();
    for (let i = 0; i < 20_000; i++)
      index.add(String(i), 'The same words again and again, in the same order.');
    expect(index.clusters()[0]).toHaveLength(20_000);
  });

  it('goes on from its bytes as if it had never stopped', () => {
    const texts = families(300, 9);
    const whole = createMinHashIndex({ seed: 5, threshold: 0.6 });
    const first = createMinHashIndex({ seed: 5, threshold: 0.6 });
    for (const [at, text] of texts.entries()) whole.add(`row ${at}`, text);
    for (const [at, text] of texts.slice(0, 150).entries()) first.add(`row ${at}`, text);
    const saved = first.toBytes();
    const unaligned = new Uint8Array([0, ...saved]).subarray(1);
    const second = minHashIndexFromBytes(unaligned);
    expect(second.toBytes()).toEqual(saved);
    for (const [at, text] of texts.slice(150).entries()) second.add(`row ${at + 150}`, text);
    expect(second.clusters()).toEqual(whole.clusters());
    expect(second.find(texts[7]!)).toEqual(whole.find(texts[7]!));
    expect(second.toBytes()).toEqual(whole.toBytes());
  });

  it('refuses bytes that are cut short, changed or something else', () => {
    const index = createMinHashIndex();
    index.add('a', 'one two three four five six seven');
    const bytes = index.toBytes();
    const changed = bytes.slice();
    changed[changed.length - 1]! ^= 1;
    for (const bad of [bytes.slice(0, -4), bytes.slice(0, -1), changed, new Uint8Array(), new Uint8Array(64)])
      expect(() => minHashIndexFromBytes(bad)).toThrow(expect.objectContaining({ code: 'BAD_FILE' }));
  });

  it.each([{ threshold: 0 }, { threshold: 1.1 }, { permutations: 0 }, { shingleWords: 1.5 }, { recall: 1 }])(
    'refuses %o',
    (options) => {
      expect(() => createMinHashIndex(options)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
    },
  );
});

describe('chooseBanding', () => {
  it('takes the longest bands that keep the recall', () => {
    const banding = chooseBanding({ permutations: 128, threshold: 0.7, recall: 0.95 });
    expect(banding).toEqual({ bands: 25, rows: 5 });
    expect(candidateProbability(0.7, banding)).toBeGreaterThan(0.95);
    expect(candidateProbability(0.7, { bands: 21, rows: 6 })).toBeLessThan(0.95);
  });
});

describe('createMinHasher', () => {
  it('agrees in as many words as the sets are similar, without bias', () => {
    const hasher = createMinHasher({ permutations: 128, seed: 2 });
    const rng = createRng(4);
    let bias = 0;
    const pairs = 200;
    for (let pair = 0; pair < pairs; pair++) {
      const shared = Array.from({ length: 60 }, () => rng.int(2 ** 32));
      const more = (): number[] => Array.from({ length: 20 }, () => rng.int(2 ** 32));
      const a = hasher.sign(Uint32Array.from([...shared, ...more()])).slice();
      const b = hasher.sign(Uint32Array.from([...shared, ...more()]));
      bias += a.filter((value, i) => value === b[i]).length / 128 - 0.6;
    }
    // One estimate has a standard deviation of √(0.6·0.4/128) = 0.043, the mean of 200 of 0.003.
    expect(Math.abs(bias / pairs)).toBeLessThan(0.015);
  });
});
