import { createRng } from '@bezoar/core';

/** A mean of verdicts, with all that it does not say by itself. */
export interface ScoreCell {
  /** Mean over what was judged; NaN when nothing was. */
  readonly score: number;
  readonly judged: number;
  /** Verdicts that should be there and are not. */
  readonly missing: number;
  /** The mean if all missing verdicts were the worst, and the best ones. */
  readonly bounds: readonly [worst: number, best: number];
  /** 95 %, bootstrap over questions: the turns of a question are no independent draws. NaN with fewer than two questions. */
  readonly interval: readonly [low: number, high: number];
  /** Standard deviation of the bootstrap means. */
  readonly stderr: number;
}

export interface Verdict {
  readonly question: number;
  /** Null: it is missing. */
  readonly value: number | null;
}

export interface ScoreCellOptions {
  /** The worst and the best verdict. */
  readonly scale: readonly [worst: number, best: number];
  /** Bootstrap rounds; 2,000 by default. */
  readonly rounds?: number | undefined;
  readonly seed?: number | string | undefined;
}

/** Sums up verdicts. The same verdicts and seed give the same bits. */
export function scoreCell(verdicts: readonly Verdict[], options: ScoreCellOptions): ScoreCell {
  const { scale, rounds = 2000, seed = 0 } = options;
  const clusters = new Map<number, Cluster>();
  let missing = 0;
  for (const { question, value } of verdicts) {
    if (value === null) {
      missing++;
      continue;
    }
    const cluster = clusters.get(question) ?? { sum: 0, count: 0 };
    clusters.set(question, { sum: cluster.sum + value, count: cluster.count + 1 });
  }
  const { sum, count } = total([...clusters.values()]);
  const bound = (worst: number): number => (sum + missing * worst) / (count + missing);
  return {
    score: sum / count,
    judged: count,
    missing,
    bounds: [bound(scale[0]), bound(scale[1])],
    ...bootstrap([...clusters.values()], { rounds, seed }),
  };
}

interface Cluster {
  readonly sum: number;
  readonly count: number;
}

function total(clusters: readonly Cluster[]): Cluster {
  return clusters.reduce((all, { sum, count }) => ({ sum: all.sum + sum, count: all.count + count }), {
    sum: 0,
    count: 0,
  });
}

/** Draws as many questions as there are, with replacement, and takes the mean over their verdicts. */
function bootstrap(
  clusters: readonly Cluster[],
  { rounds, seed }: { readonly rounds: number; readonly seed: number | string },
): Pick<ScoreCell, 'interval' | 'stderr'> {
  if (clusters.length < 2) return { interval: [NaN, NaN], stderr: NaN };
  const rng = createRng(seed);
  const means = Array.from({ length: rounds }, () => {
    let [sum, count] = [0, 0];
    for (let draw = 0; draw < clusters.length; draw++) {
      const cluster = clusters[rng.int(clusters.length)]!;
      sum += cluster.sum;
      count += cluster.count;
    }
    return sum / count;
  }).sort((a, b) => a - b);
  const centre = means.reduce((sum, value) => sum + value, 0) / rounds;
  const squares = means.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return {
    interval: [quantile(means, 0.025), quantile(means, 0.975)],
    stderr: Math.sqrt(squares / (rounds - 1)),
  };
}

/** By linear interpolation between sorted values. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  return low + (sorted[Math.ceil(place)]! - low) * (place % 1);
}
