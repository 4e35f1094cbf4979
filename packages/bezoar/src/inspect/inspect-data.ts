import { packExamples, type RenderedRow } from '@bezoar/qlora';
import type { Suspicion } from './find-suspicions.ts';
import { inspectRow, type InspectedRow, type InspectRowOptions } from './inspect-row.ts';

export interface InspectDataOptions extends InspectRowOptions {
  /** Tokens of a pack; those of the longest example by default. */
  readonly packLength?: number | undefined;
}

/** A data set as training will see it. */
export interface DataInspection {
  readonly rows: readonly InspectedRow[];
  readonly maxLength: number;
  readonly tokens: number;
  readonly targets: number;
  /** Rows that lost tokens. */
  readonly truncated: number;
  /** Tokens of a row before it is cut, by nearest rank. */
  readonly lengths: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  };
  /** What packing makes of the rows; undefined when a row does not fit into a pack, or there is none to train on. */
  readonly packs: { readonly count: number; readonly length: number; readonly fill: number } | undefined;
  /** How many rows, by what may be wrong with them. */
  readonly suspicions: Readonly<Partial<Record<Suspicion, number>>>;
}

export function inspectData(
  rendered: readonly RenderedRow[],
  { packLength, ...options }: InspectDataOptions,
): DataInspection {
  const rows = rendered.map((row, index) => inspectRow(row, index + 1, options));
  const lengths = rows.map(({ kept, cut }) => kept.tokens.length + cut.tokens).sort((a, b) => a - b);
  const rank = (share: number): number => lengths[Math.max(0, Math.ceil(share * lengths.length) - 1)] ?? 0;
  const suspicions: Partial<Record<Suspicion, number>> = {};
  for (const each of rows.flatMap((row) => row.suspicions)) suspicions[each] = (suspicions[each] ?? 0) + 1;
  return {
    rows,
    maxLength: options.maxLength,
    tokens: sum(rows, ({ kept }) => kept.tokens.length),
    targets: sum(rows, ({ kept }) => kept.targetCount),
    truncated: rows.filter(({ cut }) => cut.tokens > 0).length,
    lengths: { p50: rank(0.5), p90: rank(0.9), p99: rank(0.99), max: rank(1) },
    packs: packsOf(rows, packLength),
    suspicions,
  };
}

function packsOf(rows: readonly InspectedRow[], packLength: number | undefined): DataInspection['packs'] {
  const lengths = rows.flatMap(({ kept }) => (kept.targetCount > 0 ? [kept.tokens.length] : []));
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const length = packLength ?? longest;
  if (lengths.length === 0 || length < longest) return undefined;
  const count = packExamples({ lengths, capacity: length }).length;
  return { count, length, fill: lengths.reduce((total, each) => total + each, 0) / (count * length) };
}

function sum(rows: readonly InspectedRow[], of: (row: InspectedRow) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}
