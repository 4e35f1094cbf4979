import type { AttentionArgs, AttentionBackwardArgs, CachedAttentionArgs, Tensor } from '@bezoar/backend';
import type { Slot } from '../memory/slot.ts';
import { cacheSpans, packedSpans, type KeySpans } from './key-spans.ts';
import type { OpContext, View } from './op-context.ts';

/*
 * The probabilities are made whole, one row for every head of every query and one column for every key that it may see
 * (key-spans.ts): no op has more than the loop over one row or column of them.
 */

export function attention(context: OpContext, args: AttentionArgs): void {
  const { q, k, v, lse, out } = args;
  withSetting(
    context,
    { args, spans: packedSpans(context, 'attention', args), q, k, queries: lse.size / args.heads },
    (setting) => forward(context, setting, { v, out, lse: context.output(lse) }),
  );
}

export function cachedAttention(context: OpContext, args: CachedAttentionArgs): void {
  const { q, kCache, vCache, slots, heads, out } = args;
  context.scratch(slots.size * heads, (lse) =>
    withSetting(
      context,
      { args, spans: cacheSpans(context, args), q, k: kCache, queries: slots.size },
      (setting) => forward(context, setting, { v: vCache, out, lse }),
    ),
  );
}

export function attentionBackward(context: OpContext, args: AttentionBackwardArgs): void {
  const { q, k, v, out, lse, dOut, dQ, dK, dV } = args;
  const spans = packedSpans(context, 'attentionBackward', args);
  withSetting(context, { args, spans, q, k, queries: lse.size / args.heads }, (setting) => {
    const { sizes, bound, queries } = setting;
    const { heads, kvHeads, headSize } = sizes;
    const wide = heads * headSize;
    const narrow = kvHeads * headSize;
    withProbabilities(context, { ...setting, lse: context.view(lse, heads) }, (probabilities) =>
      context.scratch(queries * heads * bound, (slot) => {
        const dScores: View = { slot, columns: bound };
        context.launch({
          kernel: 'attention dScores',
          sizes,
          body: dScoresBody,
          threads: [bound, queries * heads],
          inputs: {
            probabilities,
            v: context.view(v, narrow),
            out: context.view(out, wide),
            dOut: context.view(dOut, wide),
            spans: setting.spans,
          },
          out: slot,
        });
        context.launch({
          kernel: 'attention dQ',
          sizes,
          body: weightedRowsBody,
          threads: [wide, queries],
          inputs: { weights: dScores, rows: setting.k, spans: setting.spans, scale: args.scale },
          out: context.output(dQ),
        });
        const keyGradient = (weights: View, rows: View, [scale, into]: [number, Tensor]): void =>
          context.launch({
            kernel: 'attention key gradient',
            sizes: { ...sizes, queries },
            body: keyGradientBody,
            threads: [narrow, queries],
            inputs: { weights, rows, spans: setting.spans, scale },
            out: context.output(into),
          });
        keyGradient(dScores, setting.q, [args.scale, dK]);
        keyGradient(probabilities, context.view(dOut, wide), [1, dV]);
      }),
    );
  });
}

interface Setting {
  readonly q: View;
  readonly k: View;
  readonly spans: View;
  readonly queries: number;
  readonly bound: number;
  readonly scale: number;
  readonly sizes: AttentionSizes;
}

interface AttentionSizes {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly bound: number;
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
  context.constant(values, (slot) =>
    use({
      q: context.view(q, heads * headSize),
      k: context.view(k, kvHeads * headSize),
      spans: { slot, columns: 3 },
      queries,
      bound,
      scale,
      sizes: { heads, kvHeads, headSize, bound },
    }),
  );
}

interface ForwardTargets {
  readonly v: Tensor;
  readonly out: Tensor;
  readonly lse: Slot;
}

function forward(context: OpContext, setting: Setting, { v, out, lse }: ForwardTargets): void {
  const { q, k, spans, queries, scale, sizes } = setting;
  const { heads, kvHeads, headSize } = sizes;
  context.launch({
    kernel: 'attention lse',
    sizes,
    body: lseBody,
    threads: [heads, queries],
    inputs: { q, k, spans, scale },
    out: lse,
  });
  withProbabilities(context, { ...setting, lse: { slot: lse, columns: heads } }, (probabilities) =>
    context.launch({
      kernel: 'attention out',
      sizes,
      body: weightedRowsBody,
      threads: [heads * headSize, queries],
      inputs: { weights: probabilities, rows: context.view(v, kvHeads * headSize), spans, scale: 1 },
      out: context.output(out),
    }),
  );
}

function withProbabilities(
  context: OpContext,
  { q, k, lse, spans, queries, bound, scale, sizes }: Setting & { readonly lse: View },
  use: (probabilities: View) => void,
): void {
  context.scratch(queries * sizes.heads * bound, (slot) => {
    context.launch({
      kernel: 'attention probabilities',
      sizes,
      body: probabilitiesBody,
      threads: [bound, queries * sizes.heads],
      inputs: { q, k, lse, spans, scale },
      out: slot,
    });
    use({ slot, columns: bound });
  });
}

/** Thread: head x of query y. One pass: the sum is rescaled whenever a greater score comes. */
function lseBody({ heads, kvHeads, headSize, bound }: AttentionSizes): string {
  return `
    const start = spans[this.thread.y][0];
    const low = spans[this.thread.y][1];
    const high = spans[this.thread.y][2];
    const queryAt = this.thread.x * ${headSize};
    const keyAt = Math.floor(this.thread.x / ${heads / kvHeads}) * ${headSize};
    let greatest = -3e38;
    let sum = 0;
    for (let j = 0; j < ${bound}; j++) {
      if (j >= low && j <= high) {
        let score = 0;
        for (let i = 0; i < ${headSize}; i++) { score += q[this.thread.y][queryAt + i] * k[start + j][keyAt + i]; }
        score = score * scale;
        if (score > greatest) {
          sum = sum * Math.exp(greatest - score) + 1;
          greatest = score;
        } else {
          sum += Math.exp(score - greatest);
        }
      }
    }
    return greatest + Math.log(sum);`;
}

/** Thread: key x of row y, head y mod heads of query ⌊y / heads⌋. */
function headOfRow({ heads, kvHeads, headSize }: AttentionSizes): string {
  return `
    const n = Math.floor(this.thread.y / ${heads});
    const head = this.thread.y - n * ${heads};
    const queryAt = head * ${headSize};
    const keyAt = Math.floor(head / ${heads / kvHeads}) * ${headSize};
    const key = spans[n][0] + this.thread.x;
    const seen = this.thread.x >= spans[n][1] && this.thread.x <= spans[n][2];`;
}

function probabilitiesBody(sizes: AttentionSizes): string {
  return `${headOfRow(sizes)}
    let probability = 0;
    if (seen) {
      let score = 0;
      for (let i = 0; i < ${sizes.headSize}; i++) { score += q[n][queryAt + i] * k[key][keyAt + i]; }
      probability = Math.exp(score * scale - lse[n][head]);
    }
    return probability;`;
}

/** dS = P ⊙ (dOut·v − dOut·out), the two products taken together. */
function dScoresBody(sizes: AttentionSizes): string {
  return `${headOfRow(sizes)}
    let pull = 0;
    if (seen) {
      for (let i = 0; i < ${sizes.headSize}; i++) {
        pull += dOut[n][queryAt + i] * (v[key][keyAt + i] - out[n][queryAt + i]);
      }
    }
    return probabilities[this.thread.y][this.thread.x] * pull;`;
}

/** Σ_j weights[j] · rows[start + j] for the element x of the heads of query y. */
function weightedRowsBody({ heads, kvHeads, headSize, bound }: AttentionSizes): string {
  return `
    const start = spans[this.thread.y][0];
    const low = spans[this.thread.y][1];
    const high = spans[this.thread.y][2];
    const head = Math.floor(this.thread.x / ${headSize});
    const column = Math.floor(head / ${heads / kvHeads}) * ${headSize} + this.thread.x - head * ${headSize};
    const row = this.thread.y * ${heads} + head;
    let sum = 0;
    for (let j = 0; j < ${bound}; j++) {
      if (j >= low && j <= high) { sum += weights[row][j] * rows[start + j][column]; }
    }
    return scale * sum;`;
}

/** Σ over the later queries of the sequence, and the heads of the group: weights[query, head][key] · rows[query, head]. */
function keyGradientBody({
  heads,
  kvHeads,
  headSize,
  bound,
  queries,
}: AttentionSizes & { readonly queries: number }): string {
  const group = heads / kvHeads;
  return `
    const start = spans[this.thread.y][0];
    const key = this.thread.y - start;
    const kvHead = Math.floor(this.thread.x / ${headSize});
    const column = this.thread.x - kvHead * ${headSize};
    let sum = 0;
    for (let later = 0; later < ${bound}; later++) {
      const n = this.thread.y + later;
      if (n < ${queries}) {
        if (spans[n][0] === start) {
          for (let g = 0; g < ${group}; g++) {
            const head = kvHead * ${group} + g;
            sum += weights[n * ${heads} + head][key] * rows[n][head * ${headSize} + column];
          }
        }
      }
    }
    return scale * sum;`;
}
