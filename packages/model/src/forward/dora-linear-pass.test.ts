import { createReferenceBackend, type DropoutSpec, type Tensor } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { expect, it } from 'vitest';
import { tinyModel } from '../__fixtures__/tiny-model.ts';
import { createWorkspace } from '../workspace.ts';
import { doraLinearForward } from './dora-linear-pass.ts';
import type { PassContext } from './pass-context.ts';

const [tokens, inputs, outputs, rank, scale] = [5, 7, 6, 2, 1.5];

it.each<[string, DropoutSpec | undefined, boolean]>([
  ['without dropout', undefined, false],
  ['with dropout', { probability: 0.4, seed: 3, stream: 1 }, false],
  ['onto what is there', undefined, true],
  ['with dropout, onto what is there', { probability: 0.4, seed: 3, stream: 1 }, true],
])("is PEFT's formula by plain loops: %s", async (_, dropout, accumulate) => {
  const backend = createReferenceBackend();
  const rng = createRng(7);
  const random = (...shape: number[]): Tensor<'f32'> =>
    backend.upload(
      'f32',
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
    );
  const [x, weight, bias] = [random(tokens, inputs), random(outputs, inputs), random(outputs)];
  const [a, b, magnitude] = [random(rank, inputs), random(outputs, rank), random(outputs)];
  const norms = backend.alloc('f32', [outputs]);
  backend.doraNorms({ weight, a, b, scale, norms });
  const out = random(tokens, outputs);
  const before = await backend.download(out);
  const dropped = backend.alloc('f32', x.shape);
  if (dropout === undefined) backend.copy({ src: x, dst: dropped });
  else backend.dropout({ x, out: dropped, dropout });

  const model = tinyModel(backend);
  const workspace = createWorkspace(backend);
  doraLinearForward({ model, workspace, tokens } as PassContext, {
    layer: { name: 'layer', weight, bias },
    x,
    out,
    lora: { name: 'layer', index: 0, a, b, scale },
    dora: { magnitude, norms },
    dropout,
    accumulate,
  });

  const [X, D, W, A, B] = await Promise.all([x, dropped, weight, a, b].map((each) => backend.download(each)));
  const [bias_, m, n] = await Promise.all([bias, magnitude, norms].map((each) => backend.download(each)));
  const actual = await backend.download(out);
  const rowsDot = (
    [u, i]: readonly [Float32Array, number],
    [v, j]: readonly [Float32Array, number],
  ): number =>
    Array.from({ length: inputs }, (__, k) => u[i * inputs + k]! * v[j * inputs + k]!).reduce(
      (p, q) => p + q,
      0,
    );
  for (let t = 0; t < tokens; t++) {
    for (let o = 0; o < outputs; o++) {
      const g = m![o]! / n![o]!;
      const base = rowsDot([D!, t], [W!, o]);
      const update = Array.from({ length: rank }, (__, j) => B![o * rank + j]! * rowsDot([D!, t], [A!, j]));
      const change = (g - 1) * base + g * scale * update.reduce((p, q) => p + q, 0);
      const expected = rowsDot([X!, t], [W!, o]) + bias_![o]! + change;
      expect(actual[t * outputs + o]).toBeCloseTo(expected + (accumulate ? before[t * outputs + o]! : 0), 4);
    }
  }
});
