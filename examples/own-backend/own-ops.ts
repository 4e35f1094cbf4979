import type { BackendOps, LinearArgs, LinearBackwardInputArgs, SwigluArgs } from '@bezoar/backend';
import type { HostMemory } from './host-memory.ts';

/**
 * An op in two halves: the first looks up the arguments when it is called, the second computes when its turn comes. In between the
 * caller may dispose of tensors, so nothing is looked up later.
 */
export type OwnOp<Args> = (memory: HostMemory, args: Args) => () => void;

/** The ops that are written so far. */
export const ownOps = { linear, linearBackwardInput, swiglu } satisfies {
  readonly [Op in keyof BackendOps]?: OwnOp<Parameters<BackendOps[Op]>[0]>;
};

/** out = x·Wᵀ + bias. Four rows of W at a time, so that x is read once for all of them; sums in float64. */
function linear(memory: HostMemory, { x, weight, bias, out, accumulate = false }: LinearArgs): () => void {
  const [xs, ws, outs] = [memory.f32(x), dense(memory, weight), memory.f32(out)];
  const biases = bias && memory.f32(bias);
  const inputs = weight.shape.at(-1)!;
  const outputs = ws.length / inputs;
  return () => {
    for (let t = 0; t * inputs < xs.length; t++) {
      for (let o = 0; o < outputs; o += 4) {
        const sums = dotFour(xs.subarray(t * inputs, (t + 1) * inputs), { ws, row: o, outputs });
        for (let k = 0; k < Math.min(4, outputs - o); k++) {
          const at = t * outputs + o + k;
          outs[at] = (accumulate ? outs[at]! : 0) + sums[k]! + (biases?.[o + k] ?? 0);
        }
      }
    }
  };
}

interface FourRows {
  readonly ws: Float32Array;
  readonly row: number;
  readonly outputs: number;
}

/** Past the last row the last one is computed again, and not used. */
function dotFour(x: Float32Array, { ws, row, outputs }: FourRows): [number, number, number, number] {
  const start = (k: number): number => Math.min(row + k, outputs - 1) * x.length;
  const [a, b, c, d] = [start(0), start(1), start(2), start(3)];
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    s0 += value * ws[a + i]!;
    s1 += value * ws[b + i]!;
    s2 += value * ws[c + i]!;
    s3 += value * ws[d + i]!;
  }
  return [s0, s1, s2, s3];
}

/** dX = dOut·W: every row of W is added where its output has a gradient. */
function linearBackwardInput(memory: HostMemory, args: LinearBackwardInputArgs): () => void {
  const { weight, accumulate = false } = args;
  const [dOuts, ws, dXs] = [memory.f32(args.dOut), dense(memory, weight), memory.f32(args.dX)];
  const inputs = weight.shape.at(-1)!;
  const outputs = ws.length / inputs;
  return () => {
    const sums = new Float64Array(inputs);
    for (let t = 0; t * inputs < dXs.length; t++) {
      sums.fill(0);
      for (let o = 0; o < outputs; o++) {
        const gradient = dOuts[t * outputs + o]!;
        for (let i = 0; i < inputs; i++) sums[i]! += gradient * ws[o * inputs + i]!;
      }
      for (let i = 0; i < inputs; i++) {
        const at = t * inputs + i;
        dXs[at] = (accumulate ? dXs[at]! : 0) + sums[i]!;
      }
    }
  };
}

/** out = silu(gate) ⊙ up. */
function swiglu(memory: HostMemory, { gate, up, out }: SwigluArgs): () => void {
  const [gates, ups, outs] = [memory.f32(gate), memory.f32(up), memory.f32(out)];
  return () => {
    for (let i = 0; i < outs.length; i++) outs[i] = (gates[i]! / (1 + Math.exp(-gates[i]!))) * ups[i]!;
  };
}

/** Of the formats only f32 is declared, so the checks let nothing else through. */
function dense(memory: HostMemory, weight: LinearArgs['weight']): Float32Array {
  if (weight.kind !== 'tensor') throw new TypeError('NF4 was declared as a gap.');
  return memory.f32(weight);
}
