import { checkCuSeqlens } from '../checks/check-values.ts';
import type { AttentionArgs, AttentionBackwardArgs } from '../contract/ops.ts';
import type { HostMemory } from './host-memory.ts';

export function attention(memory: HostMemory, args: AttentionArgs): void {
  const q = memory.f32(args.q);
  const k = memory.f32(args.k);
  const v = memory.f32(args.v);
  const out = memory.f32(args.out);
  const lse = memory.f32(args.lse);
  for (const { row, first, heads, queryAt, keyAt, headSize } of queries(memory, args, 'attention')) {
    for (let h = 0; h < heads; h++) {
      const scores = new Float64Array(row - first + 1);
      for (let j = first; j <= row; j++) {
        scores[j - first] = args.scale * dot(q, k, { a: queryAt(row, h), b: keyAt(j, h), length: headSize });
      }
      const total = logSumExp(scores);
      lse[row * heads + h] = total;
      for (let i = 0; i < headSize; i++) {
        let sum = 0;
        for (let j = first; j <= row; j++) sum += Math.exp(scores[j - first]! - total) * v[keyAt(j, h) + i]!;
        out[queryAt(row, h) + i] = sum;
      }
    }
  }
}

export function attentionBackward(memory: HostMemory, args: AttentionBackwardArgs): void {
  const q = memory.f32(args.q);
  const k = memory.f32(args.k);
  const v = memory.f32(args.v);
  const out = memory.f32(args.out);
  const lse = memory.f32(args.lse);
  const dOut = memory.f32(args.dOut);
  const dQ = new Float64Array(q.length);
  const dK = new Float64Array(k.length);
  const dV = new Float64Array(v.length);
  for (const { row, first, heads, queryAt, keyAt, headSize } of queries(memory, args, 'attentionBackward')) {
    for (let h = 0; h < heads; h++) {
      const query = queryAt(row, h);
      const delta = dot(dOut, out, { a: query, b: query, length: headSize });
      for (let j = first; j <= row; j++) {
        const key = keyAt(j, h);
        const score = args.scale * dot(q, k, { a: query, b: key, length: headSize });
        const probability = Math.exp(score - lse[row * heads + h]!);
        const dProbability = dot(dOut, v, { a: query, b: key, length: headSize });
        const dScore = probability * (dProbability - delta);
        for (let i = 0; i < headSize; i++) {
          dV[key + i]! += probability * dOut[query + i]!;
          dQ[query + i]! += args.scale * dScore * k[key + i]!;
          dK[key + i]! += args.scale * dScore * q[query + i]!;
        }
      }
    }
  }
  memory.f32(args.dQ).set(dQ);
  memory.f32(args.dK).set(dK);
  memory.f32(args.dV).set(dV);
}

/** One query token: its row, the first row that it sees, and where the vectors of its heads begin. */
interface Query {
  readonly row: number;
  readonly first: number;
  readonly heads: number;
  readonly headSize: number;
  readonly queryAt: (row: number, head: number) => number;
  readonly keyAt: (row: number, head: number) => number;
}

function* queries(memory: HostMemory, args: AttentionArgs, op: string): Generator<Query> {
  const { heads, kvHeads, window = Infinity, layout } = args;
  const tokens = args.lse.size / heads;
  const headSize = args.q.size / args.lse.size;
  const cuSeqlens = memory.i32(layout.cuSeqlens);
  checkCuSeqlens(`${op}.layout.cuSeqlens`, cuSeqlens, { tokens, maxSeqlen: layout.maxSeqlen });
  const queryAt = (row: number, head: number): number => (row * heads + head) * headSize;
  const keyAt = (row: number, head: number): number =>
    (row * kvHeads + Math.floor((head * kvHeads) / heads)) * headSize;
  for (let b = 0; b < layout.batch; b++) {
    for (let row = cuSeqlens[b]!; row < cuSeqlens[b + 1]!; row++) {
      yield { row, first: Math.max(cuSeqlens[b]!, row - window + 1), heads, headSize, queryAt, keyAt };
    }
  }
}

export function dot(
  x: Float32Array,
  y: Float32Array,
  at: { readonly a: number; readonly b: number; readonly length: number },
): number {
  let sum = 0;
  for (let i = 0; i < at.length; i++) sum += x[at.a + i]! * y[at.b + i]!;
  return sum;
}

/** log Σ exp without overflow: the greatest is taken out first. */
export function logSumExp(values: Float64Array): number {
  const greatest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return greatest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - greatest), 0));
}
