import type { AttentionArgs, AttentionBackwardArgs, CachedAttentionArgs, Tensor } from '@bezoar/backend';
import type { Slot } from '../memory/slot.ts';
import {
  attendedRowsBody,
  dScoresBody,
  keyGradientBody,
  lseBody,
  probabilitiesBody,
  scoresBody,
  weightedRowsBody,
  type AttentionSizes,
} from './attention-text.ts';
import { cacheSpans, packedSpans, type KeySpans } from './key-spans.ts';
import type { OpContext, View } from './op-context.ts';

/*
 * The probabilities are made whole, one row for every head of every query and one column for every key that it may see
 * (key-spans.ts): no op has more than the loop over one row or column of them.
 */

export function attention(context: OpContext, args: AttentionArgs): void {
  const { q, k, v, lse, heads, out } = args;
  const spans = packedSpans(context, 'attention', args);
  withSetting(context, { args, spans, q, k, queries: lse.size / heads }, (setting) =>
    forward(context, setting, { v, out, lse: context.output(lse) }),
  );
}

export function cachedAttention(context: OpContext, args: CachedAttentionArgs): void {
  const { q, kCache, vCache, slots, heads, out } = args;
  const parts = { args, spans: cacheSpans(context, args), q, k: kCache, queries: slots.size };
  context.scratch(slots.size * heads, (lse) =>
    withSetting(context, parts, (setting) => forward(context, setting, { v: vCache, out, lse })),
  );
}

export function attentionBackward(context: OpContext, args: AttentionBackwardArgs): void {
  const { q, k, v, out, lse, heads, dOut, dQ, dK, dV } = args;
  const spans = packedSpans(context, 'attentionBackward', args);
  withSetting(context, { args, spans, q, k, queries: lse.size / heads }, (setting) => {
    const { sizes, queries } = setting;
    const gradients = { dOut: wideView(context, dOut, setting), out: wideView(context, out, setting) };
    withProbabilities(context, { ...setting, lse: context.view(lse, heads) }, (probabilities) =>
      context.scratch(queries * heads * sizes.bound, (slot) => {
        const dScores: View = { slot, columns: sizes.bound };
        context.launch({
          kernel: 'attention dScores',
          sizes,
          body: dScoresBody,
          threads: [sizes.bound, queries * heads],
          steps: headSteps(sizes),
          inputs: { probabilities, v: narrowView(context, v, setting), ...gradients, spans: setting.spans },
          out: slot,
        });
        launchWeightedRows(context, setting, {
          weights: dScores,
          rows: setting.k,
          scale: args.scale,
          into: dQ,
        });
        launchKeyGradient(context, setting, {
          weights: dScores,
          rows: setting.q,
          scale: args.scale,
          into: dK,
        });
        launchKeyGradient(context, setting, {
          weights: probabilities,
          rows: gradients.dOut,
          scale: 1,
          into: dV,
        });
      }),
    );
  });
}

interface Setting {
  readonly q: View;
  readonly k: View;
  readonly spans: View;
  readonly queries: number;
  readonly scale: number;
  readonly sizes: AttentionSizes;
}

interface SettingParts {
  readonly args: Pick<AttentionArgs, 'heads' | 'kvHeads' | 'scale'>;
  readonly spans: KeySpans;
  readonly q: Tensor;
  readonly k: Tensor;
  readonly queries: number;
}

function withSetting(
  context: OpContext,
  { args: { heads, kvHeads, scale }, spans: { values, bound }, q, k, queries }: SettingParts,
  use: (setting: Setting) => void,
): void {
  if (queries === 0) return;
  const headSize = q.size / (queries * heads);
  const sizes = { heads, kvHeads, headSize, bound, fours: context.fours(headSize) };
  context.constant(values, (slot) =>
    use({
      q: wideView(context, q, { sizes }),
      k: narrowView(context, k, { sizes }),
      spans: { slot, columns: 3 },
      queries,
      scale,
      sizes,
    }),
  );
}

/** Rows of all query heads. */
function wideView(context: OpContext, tensor: Tensor, { sizes }: Pick<Setting, 'sizes'>): View {
  return { ...context.view(tensor, sizes.heads * sizes.headSize), fours: sizes.fours };
}

/** Rows of all key or value heads. */
function narrowView(context: OpContext, tensor: Tensor, { sizes }: Pick<Setting, 'sizes'>): View {
  return { ...context.view(tensor, sizes.kvHeads * sizes.headSize), fours: sizes.fours };
}

interface ForwardTargets {
  readonly v: Tensor;
  readonly out: Tensor;
  readonly lse: Slot;
}

function forward(context: OpContext, setting: Setting, { v, out, lse }: ForwardTargets): void {
  const { q, k, spans, queries, scale, sizes } = setting;
  const { heads, headSize, bound, fours } = sizes;
  context.scratch(queries * heads * bound, (slot) => {
    const scores: View = { slot, columns: bound };
    context.launch({
      kernel: 'attention scores',
      sizes,
      body: scoresBody,
      threads: [bound, queries * heads],
      steps: headSteps(sizes),
      inputs: { q, k, spans, scale },
      out: slot,
    });
    context.launch({
      kernel: 'attention lse',
      sizes,
      body: lseBody,
      threads: [heads, queries],
      steps: 2 * bound,
      inputs: { scores, spans },
      out: lse,
    });
    context.launch({
      kernel: 'attention out',
      sizes,
      body: attendedRowsBody,
      threads: [(heads * headSize) / (fours ? 4 : 1), queries],
      fours,
      steps: bound,
      inputs: {
        scores,
        lse: { slot: lse, columns: heads },
        rows: narrowView(context, v, setting),
        spans,
        scale: 1,
      },
      out: context.output(out),
    });
  });
}

/** Steps of a product of two heads. */
function headSteps({ headSize, fours }: AttentionSizes): number {
  return fours ? headSize / 4 : headSize;
}

function withProbabilities(
  context: OpContext,
  { q, k, lse, spans, queries, scale, sizes }: Setting & { readonly lse: View },
  use: (probabilities: View) => void,
): void {
  context.scratch(queries * sizes.heads * sizes.bound, (slot) => {
    context.launch({
      kernel: 'attention probabilities',
      sizes,
      body: probabilitiesBody,
      threads: [sizes.bound, queries * sizes.heads],
      steps: headSteps(sizes),
      inputs: { q, k, lse, spans, scale },
      out: slot,
    });
    use({ slot, columns: sizes.bound });
  });
}

interface WeightedRows {
  /** A row for every head of every query. */
  readonly weights: View;
  readonly rows: View;
  readonly scale: number;
  readonly into: Tensor;
}

function launchWeightedRows(
  context: OpContext,
  { spans, queries, sizes }: Setting,
  { weights, rows, scale, into }: WeightedRows,
): void {
  const { heads, headSize, fours } = sizes;
  context.launch({
    kernel: 'attention weighted rows',
    sizes,
    body: weightedRowsBody,
    threads: [(heads * headSize) / (fours ? 4 : 1), queries],
    fours,
    steps: sizes.bound,
    inputs: { weights, rows, spans, scale },
    out: context.output(into),
  });
}

function launchKeyGradient(
  context: OpContext,
  { spans, queries, sizes }: Setting,
  { weights, rows, scale, into }: WeightedRows,
): void {
  const { kvHeads, headSize, fours } = sizes;
  context.launch({
    kernel: 'attention key gradient',
    sizes: { ...sizes, queries },
    body: keyGradientBody,
    threads: [(kvHeads * headSize) / (fours ? 4 : 1), queries],
    fours,
    steps: (sizes.bound * sizes.heads) / kvHeads,
    inputs: { weights, rows, spans, scale },
    out: context.output(into),
  });
}
