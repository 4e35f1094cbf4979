import { BezoarError, createRng } from '@bezoar/core';
import { mcnemar } from './mcnemar.ts';
import { clusteredError, type BootstrapOptions } from './summarize.ts';
import { mean, quantile, standardError } from './statistics.ts';

export interface PairedComparison {
  /** Mean of a − b over the items. */
  readonly difference: number;
  /**
   * Of the difference, item by item: smaller than that of two separate means when the models agree on much. Cluster-robust where
   * clusters are given.
   */
  readonly stderr: number;
  /** 95 %, bootstrap percentiles. */
  readonly interval: readonly [low: number, high: number];
  /**
   * Two-sided: how often a bootstrap difference lies on the other side of 0, twice. The observed difference counts as one
   * more round (Davison and Hinkley 1997, ch. 4): never 0, for a finite number of rounds cannot show that.
   */
  readonly pValue: number;
  /** For scores of 0 and 1 that come in no clusters: the exact test on the items of which one model alone is right. */
  readonly mcnemar?: number;
  readonly n: number;
}

export interface ComparePairedOptions extends BootstrapOptions {
  /** Of each item: items of one cluster are drawn together. Every item is one of its own by default. */
  readonly clusters?: readonly string[];
}

/** Compares two models by their scores on the same items, in the same order: a seeded paired bootstrap. */
export function comparePaired(
  a: readonly number[],
  b: readonly number[],
  options: ComparePairedOptions = {},
): PairedComparison {
  const { clusters } = options;
  if (a.length !== b.length || a.length === 0) {
    throw new BezoarError('BAD_INPUT', `${a.length} and ${b.length} scores cannot be paired.`, {
      advice: 'Evaluate both models on the same items.',
    });
  }
  const differences = a.map((value, index) => value - b[index]!);
  const clustered = clusters === undefined ? undefined : clusteredError(differences, clusters);
  const groups =
    clustered === undefined ? differences.map((value) => [value]) : byCluster(differences, clusters!);
  const means = bootstrapGroups(groups, options).sort((x, y) => x - y);
  const share = (test: (value: number) => boolean): number =>
    (means.filter(test).length + 1) / (means.length + 1);
  const isBinary = [...a, ...b].every((value) => value === 0 || value === 1);
  return {
    difference: mean(differences),
    stderr: clustered?.stderr ?? standardError(differences),
    interval: [quantile(means, 0.025), quantile(means, 0.975)],
    pValue: Math.min(
      1,
      2 *
        Math.min(
          share((value) => value <= 0),
          share((value) => value >= 0),
        ),
    ),
    ...(isBinary && clustered === undefined ? { mcnemar: mcnemar(a, b) } : {}),
    n: differences.length,
  };
}

function byCluster(values: readonly number[], clusters: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, value] of values.entries()) {
    const group = groups.get(clusters[index]!);
    if (group === undefined) groups.set(clusters[index]!, [value]);
    else group.push(value);
  }
  return [...groups.values()];
}

/** Means of draws of whole groups with replacement. */
function bootstrapGroups(
  groups: readonly (readonly number[])[],
  { rounds = 1000, seed = 0 }: BootstrapOptions,
): number[] {
  const rng = createRng(seed).fork('bootstrap');
  const totals = groups.map((group) => group.reduce((sum, value) => sum + value, 0));
  return Array.from({ length: rounds }, () => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < groups.length; i++) {
      const drawn = rng.int(groups.length);
      sum += totals[drawn]!;
      count += groups[drawn]!.length;
    }
    return sum / count;
  });
}
