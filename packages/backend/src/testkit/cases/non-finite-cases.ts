import type { OpName } from '../../checks/argument-checks.ts';
import { floats, ints, noise, unset, unsetInts } from '../host-tensor.ts';
import type { BuiltCase } from '../op-case.ts';
import { downloadNumbers, uploadCase } from '../scratch.ts';
import type { SpecialCase } from '../special-cases.ts';

/**
 * A NaN in the data must come out of every op that reads it, and stay in its row: a training loop finds its divergence
 * by looking at the loss and the gradient norm. Fast approximations and maxima like to swallow it.
 */
export function nonFiniteCases(): SpecialCase[] {
  return [
    poisoned('rmsNorm', (rows) => ({
      inputs: { x: rows, weight: floats([4], [1, 2, 3, 4]), out: unset([3, 4]), rstd: unset([3]) },
      outputs: ['out'],
      call: (backend, on) => backend.rmsNorm({ ...on.pick('x', 'weight', 'out', 'rstd'), eps: 1e-5 }),
    })),
    poisoned('linear', (rows) => ({
      inputs: { x: rows, weight: floats([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]), out: unset([3, 2]) },
      outputs: ['out'],
      call: (backend, on) => backend.linear(on.pick('x', 'weight', 'out')),
    })),
    poisoned('swiglu', (rows) => ({
      inputs: {
        gate: rows,
        up: floats(
          [3, 4],
          Array.from({ length: 12 }, () => 2),
        ),
        out: unset([3, 4]),
      },
      outputs: ['out'],
      call: (backend, on) => backend.swiglu(on.pick('gate', 'up', 'out')),
    })),
    poisoned('linearCrossEntropy', (rows) => ({
      inputs: {
        hidden: rows,
        weight: floats(
          [5, 4],
          Array.from({ length: 20 }, (_, i) => (i % 7) - 3),
        ),
        targets: ints([0, 4, 2]),
        logProbs: unset([3]),
        correct: unsetInts([3]),
      },
      outputs: ['logProbs'],
      call: (backend, on) =>
        backend.linearCrossEntropy(on.pick('hidden', 'weight', 'targets', 'logProbs', 'correct')),
    })),
    {
      ops: ['sumOfSquares'],
      name: 'NaN and infinity come through',
      async run(backend) {
        for (const [value, expected] of [
          [Number.NaN, Number.NaN],
          [-Infinity, Infinity],
        ] as const) {
          const scratch = uploadCase(backend, { x: floats([5], [1, 2, value, 4, 5]), out: unset([1]) });
          backend.sumOfSquares({ tensors: [scratch.tensor('x')], out: scratch.tensor('out') });
          const [sum] = await downloadNumbers(backend, scratch.tensor('out'));
          scratch.dispose();
          if (!Object.is(sum, expected)) return `the sum with ${value} is ${sum!}`;
        }
        return undefined;
      },
    },
    {
      ops: ['swiglu'],
      name: 'large gates neither overflow nor give NaN',
      async run(backend) {
        const gates = [-1000, -100, -88, 88, 100, 1000];
        const scratch = uploadCase(backend, {
          gate: floats([6], gates),
          up: floats(
            [6],
            gates.map(() => 1),
          ),
          out: unset([6]),
        });
        backend.swiglu(scratch.pick('gate', 'up', 'out'));
        const out = await downloadNumbers(backend, scratch.tensor('out'));
        scratch.dispose();
        const wrong = gates.findIndex((gate, i) => !(Math.abs(out[i]! - Math.max(gate, 0)) < 1e-4));
        return wrong < 0 ? undefined : `silu(${gates[wrong]!}) is ${out[wrong]!}`;
      },
    },
  ];
}

/** Three rows of four, the middle one with a NaN: the middle third of the output must be NaN, the rest finite. */
function poisoned(op: OpName, build: (rows: ReturnType<typeof noise>) => BuiltCase): SpecialCase {
  return {
    ops: [op],
    name:
      op === 'swiglu'
        ? 'NaN comes through and stays in its element'
        : 'NaN comes through and stays in its row',
    async run(backend, rng) {
      const rows = noise(rng, [3, 4]);
      rows.data[5] = Number.NaN;
      const built = build(rows);
      const scratch = uploadCase(backend, built.inputs);
      built.call(backend, scratch);
      const out = await downloadNumbers(backend, scratch.tensor(built.outputs[0]!));
      scratch.dispose();
      const bad = Array.from(out.keys()).filter((i) => Number.isNaN(out[i]));
      const third = out.length / 3;
      const wanted = op === 'swiglu' ? [5] : Array.from({ length: third }, (_, i) => third + i);
      return bad.join() === wanted.join()
        ? undefined
        : `NaN at [${bad.join()}] instead of [${wanted.join()}]`;
    },
  };
}
