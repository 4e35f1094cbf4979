import { floats, noise, numbersOf, unset } from '../host-tensor.ts';
import { disagreement } from '../compare.ts';
import { linearFormula } from '../formulas/linear.ts';
import { downloadNumbers, uploadCase } from '../scratch.ts';
import type { SpecialCase } from '../special-cases.ts';

/** Ops run in program order, and memory may be given back as soon as the last op that uses it was called. */
export function orderCases(): SpecialCase[] {
  return [
    {
      ops: ['fill', 'add', 'copy'],
      name: 'a chain of dependent ops without waiting',
      async run(backend) {
        const scratch = uploadCase(backend, {
          x: unset([100]),
          one: floats(
            [100],
            Array.from({ length: 100 }, () => 1),
          ),
          y: unset([100]),
        });
        const [x, one, y] = [scratch.tensor('x'), scratch.tensor('one'), scratch.tensor('y')];
        backend.fill({ out: x, value: 0 });
        for (let i = 0; i < 50; i++) backend.add({ a: x, b: one, out: x });
        backend.copy({ src: x, dst: y });
        backend.fill({ out: x, value: -1 });
        const wrong = disagreement(
          await downloadNumbers(backend, y),
          Array.from({ length: 100 }, () => 50),
          0,
        );
        scratch.dispose();
        return wrong;
      },
    },
    {
      ops: ['linear', 'fill'],
      name: 'inputs disposed right after the call, and their memory used again',
      async run(backend, rng) {
        const [tokens, inputs, outputs] = [40, 100, 120];
        const x = noise(rng, [tokens, inputs]);
        const weight = noise(rng, [outputs, inputs], 0.1);
        const scratch = uploadCase(backend, { x, weight });
        const out = backend.alloc('f32', [tokens, outputs]);
        backend.linear({ ...scratch.pick('x', 'weight'), out });
        scratch.dispose();
        const reused = backend.alloc('f32', [tokens, inputs]);
        backend.fill({ out: reused, value: 1e9 });
        const wrong = disagreement(
          await downloadNumbers(backend, out),
          linearFormula(numbersOf(x), numbersOf(weight), inputs),
          1e-5,
        );
        reused.dispose();
        out.dispose();
        return wrong;
      },
    },
    {
      ops: ['add'],
      name: 'write after an op does not reach the op',
      async run(backend) {
        const scratch = uploadCase(backend, {
          a: floats([3], [1, 2, 3]),
          b: floats([3], [1, 1, 1]),
          out: unset([3]),
        });
        backend.add(scratch.pick('a', 'b', 'out'));
        backend.write(scratch.tensor('a'), Float32Array.of(9, 9, 9));
        const out = await downloadNumbers(backend, scratch.tensor('out'));
        scratch.dispose();
        return disagreement(out, [2, 3, 4], 0);
      },
    },
  ];
}
