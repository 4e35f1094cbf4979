import { BezoarError } from '@bezoar/core';
import { bootstrapMeans, type BootstrapOptions } from './summarize.ts';
import { mean, quantile, standardError } from './statistics.ts';

export interface PairedComparison {
  /** Mean of a − b over the items. */
  readonly difference: number;
  /** Of the difference, item by item: smaller than that of two separate means when the models agree on much. */
  readonly stderr: number;
  /** 95 %, bootstrap percentiles. */
  readonly interval: readonly [low: number, high: number];
  /**
   * Two-sided: how often a bootstrap difference lies on the other side of 0, twice. The observed difference counts as one
   * more round (Davison and Hinkley 1997, ch. 4): never 0, for a finite number of rounds cannot show that.
   */
  readonly pValue: number;
  readonly n: number;
}

/** Compares two models by their scores on the same items, in the same order: a seeded paired bootstrap. */
export function comparePaired(
  a: readonly number[],
  b: readonly number[],
  options: BootstrapOptions = {},
): PairedComparison {
  if (a.length !== b.length || a.length === 0) {
    throw new BezoarError('BAD_INPUT', `${a.length} and ${b.length} scores cannot be paired.`, {
      advice: 'Evaluate both models on the same items.',
    });
  }
  const differences = a.map((value, index) => value - b[index]!);
  const means = bootstrapMeans(differences, options).sort((x, y) => x - y);
  const share = (test: (value: number) => boolean): number =>
    (means.filter(test).length + 1) / (means.length + 1);
  return {
    difference: mean(differences),
    stderr: standardError(differences),
    interval: [quantile(means, 0.025), quantile(means, 0.975)],
    pValue: Math.min(
      1,
      2 *
        Math.min(
          share((value) => value <= 0),
          share((value) => value >= 0),
        ),
    ),
    n: differences.length,
  };
}
