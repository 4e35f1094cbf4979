import { describeGolden, readJsonFile } from '@bezoar/golden';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createPythonRandom } from './python-random.ts';

interface Primitives {
  readonly seed: number;
  readonly random: number[];
  readonly getrandbits_32: number[];
  readonly randbelow_1000: number[];
  readonly gauss: number[];
  readonly shuffle_20: number[];
  readonly choice_7: number[];
}

interface Draws {
  readonly seed: number;
  readonly population: number;
  readonly k: number;
  readonly samples: number[][];
}

const times = <Value>(count: number, draw: () => Value): Value[] => Array.from({ length: count }, draw);

describeGolden('fewshot-rng', (cases) => {
  it.each(cases)('$name: sample() draws what CPython draws', ({ folder }) => {
    const all = readJsonFile<Draws[]>(join(folder, 'samples.json'));
    expect(all.length).toBeGreaterThan(0);
    for (const { seed, population, k, samples } of all) {
      const random = createPythonRandom(seed);
      const items = times(population, () => 0).map((_, index) => index);
      expect(
        times(samples.length, () => random.sample(items, k)),
        `seed ${seed}, ${k} of ${population}`,
      ).toEqual(samples);
    }
  });

  it.each(cases)('$name: the primitives go through one stream as in CPython', ({ folder }) => {
    const all = readJsonFile<Primitives[]>(join(folder, 'primitives.json'));
    expect(all.length).toBeGreaterThan(0);
    for (const wanted of all) {
      const random = createPythonRandom(wanted.seed);
      expect(times(wanted.random.length, () => random.random())).toEqual(wanted.random);
      expect(times(wanted.getrandbits_32.length, () => random.bits(32))).toEqual(wanted.getrandbits_32);
      expect(times(wanted.randbelow_1000.length, () => random.below(1000))).toEqual(wanted.randbelow_1000);
      const gauss = times(wanted.gauss.length / 2, () => gaussPair(random.random(), random.random())).flat();
      gauss.forEach((value, index) => expect(value).toBeCloseTo(wanted.gauss[index]!, 14));
      const list = times(wanted.shuffle_20.length, () => 0).map((_, index) => index);
      for (let i = list.length - 1; i > 0; i--) {
        const j = random.below(i + 1);
        [list[i], list[j]] = [list[j]!, list[i]!];
      }
      expect(list).toEqual(wanted.shuffle_20);
      expect(times(wanted.choice_7.length, () => random.below(7))).toEqual(wanted.choice_7);
    }
  });
});

/** What CPython's `gauss` makes of two draws: Box and Muller, cosine first. */
function gaussPair(angle: number, radius: number): [number, number] {
  const length = Math.sqrt(-2 * Math.log(1 - radius));
  return [Math.cos(angle * 2 * Math.PI) * length, Math.sin(angle * 2 * Math.PI) * length];
}
