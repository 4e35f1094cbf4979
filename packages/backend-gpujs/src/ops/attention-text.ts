import { forLanes, returnLanes } from './lanes.ts';
import { sumText } from './sum-text.ts';

/*
 * The bodies of the attention kernels. `spans` has a row for every query (key-spans.ts): the first row of its keys, and the lowest and the
 * highest that it sees, counted from there.
 */

export interface AttentionSizes {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  /** Columns of the probabilities. */
  readonly bound: number;
  /** Rows of heads are read four elements at a time. */
  readonly fours: boolean;
}

/** Reads to a head. */
function headReads({ headSize, fours }: AttentionSizes): number {
  return fours ? headSize / 4 : headSize;
}

/** Thread: head x of query y. Over the scores of its row, the greatest first, so that nothing overflows. */
export function lseBody({ heads, bound }: AttentionSizes): string {
  return `
    const low = spans[this.thread.y][1];
    const high = spans[this.thread.y][2];
    const row = this.thread.y * ${heads} + this.thread.x;
    let greatest = -3e38;
    for (let j = 0; j < ${bound}; j++) {
      if (j >= low && j <= high) { greatest = Math.max(greatest, scores[row][j]); }
    }
    let sum = 0;
    for (let j = 0; j < ${bound}; j++) {
      if (j >= low && j <= high) { sum += Math.exp(scores[row][j] - greatest); }
    }
    return greatest + Math.log(sum);`;
}

function queryKeyProduct({ headSize, fours }: AttentionSizes): string {
  return sumText({
    into: 'score',
    count: headSize,
    fours,
    rows: { q: ['q[n]', 'queryAt'], k: ['k[key]', 'keyAt'] },
    term: (at) => `${at.q} * ${at.k}`,
  });
}

/** Thread: key x of row y, which is head y mod heads of query ⌊y / heads⌋. */
function headOfRow(sizes: AttentionSizes): string {
  const { heads, kvHeads } = sizes;
  return `
    const n = Math.floor(this.thread.y / ${heads});
    const head = this.thread.y - n * ${heads};
    const queryAt = head * ${headReads(sizes)};
    const keyAt = Math.floor(head / ${heads / kvHeads}) * ${headReads(sizes)};
    const key = spans[n][0] + this.thread.x;
    const seen = this.thread.x >= spans[n][1] && this.thread.x <= spans[n][2];`;
}

/** The scaled score of a key, 0 where it is not seen. */
export function scoresBody(sizes: AttentionSizes): string {
  return `${headOfRow(sizes)}
    let score = 0;
    if (seen) {
      ${queryKeyProduct(sizes)}
    }
    return score * scale;`;
}

export function probabilitiesBody(sizes: AttentionSizes): string {
  return `${headOfRow(sizes)}
    let probability = 0;
    if (seen) {
      let score = 0;
      ${queryKeyProduct(sizes)}
      probability = Math.exp(score * scale - lse[n][head]);
    }
    return probability;`;
}

/** dS = P ⊙ (dOut·v − dOut·out), the two products taken together. */
export function dScoresBody(sizes: AttentionSizes): string {
  const { headSize, fours } = sizes;
  return `${headOfRow(sizes)}
    let pull = 0;
    if (seen) {
      ${sumText({
        into: 'pull',
        count: headSize,
        fours,
        rows: { dOut: ['dOut[n]', 'queryAt'], out: ['out[n]', 'queryAt'], v: ['v[key]', 'keyAt'] },
        term: (at) => `${at.dOut} * (${at.v} - ${at.out})`,
      })}
    }
    return probabilities[this.thread.y][this.thread.x] * pull;`;
}

/** Σ_j weights[j] · rows[start + j] for the elements x of the heads of query y. */
export function weightedRowsBody(sizes: AttentionSizes): string {
  return overSeenRows(sizes, 'weights[row][j]');
}

/** The same with the probabilities of scores as weights. */
export function attendedRowsBody(sizes: AttentionSizes): string {
  return overSeenRows(sizes, 'Math.exp(scores[row][j] - lse[this.thread.y][head])');
}

function overSeenRows(sizes: AttentionSizes, weight: string): string {
  const { heads, kvHeads, bound, fours } = sizes;
  const width = headReads(sizes);
  return `
    const start = spans[this.thread.y][0];
    const low = spans[this.thread.y][1];
    const high = spans[this.thread.y][2];
    const head = Math.floor(this.thread.x / ${width});
    const column = Math.floor(head / ${heads / kvHeads}) * ${width} + this.thread.x - head * ${width};
    const row = this.thread.y * ${heads} + head;
    ${forLanes(fours, (_, index) => `let sum${index} = 0;`)}
    for (let j = 0; j < ${bound}; j++) {
      if (j >= low && j <= high) {
        const weight = ${weight};
        const value = rows[start + j][column];
        ${forLanes(fours, (lane, index) => `sum${index} += weight * value${lane};`)}
      }
    }
    ${returnLanes(fours, (_, index) => `scale * sum${index}`)}`;
}

/** Σ over the later queries of the sequence, and the heads of the group: weights[query, head][key] · rows[query, head]. */
export function keyGradientBody(sizes: AttentionSizes & { readonly queries: number }): string {
  const { heads, kvHeads, bound, queries, fours } = sizes;
  const width = headReads(sizes);
  const group = heads / kvHeads;
  return `
    const start = spans[this.thread.y][0];
    const key = this.thread.y - start;
    const kvHead = Math.floor(this.thread.x / ${width});
    const column = this.thread.x - kvHead * ${width};
    ${forLanes(fours, (_, index) => `let sum${index} = 0;`)}
    for (let later = 0; later < ${bound}; later++) {
      const n = this.thread.y + later;
      if (n < ${queries}) {
        if (spans[n][0] === start) {
          for (let g = 0; g < ${group}; g++) {
            const head = kvHead * ${group} + g;
            const weight = weights[n * ${heads} + head][key];
            const value = rows[n][head * ${width} + column];
            ${forLanes(fours, (lane, index) => `sum${index} += weight * value${lane};`)}
          }
        }
      }
    }
    ${returnLanes(fours, (_, index) => `scale * sum${index}`)}`;
}
