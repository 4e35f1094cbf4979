import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { expect, it } from 'vitest';
import { createOwnBackend } from './create-own-backend.ts';
import { main, trainOn } from './main.ts';
import { ownOps } from './own-ops.ts';

it('trains an adapter, and knows what was written and what was borrowed', async () => {
  const { losses, uses } = await main();
  expect(losses).toHaveLength(25);
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
  const own = uses.filter((use) => use.own).map(({ op }) => op);
  expect(own.sort()).toEqual(Object.keys(ownOps).sort());
  // In two layers, six of each are adapted.
  expect(uses.find(({ op }) => op === 'loraBackward')).toMatchObject({ own: false, calls: 25 * 2 * 6 });
});

it('learns what the reference backend learns', async () => {
  const backend = createReferenceBackend();
  const { losses } = await main();
  expect(await trainOn(backend)).toEqual(losses.map((loss) => expect.closeTo(loss, 4) as number));
});

async function product(
  backend: Backend,
  { tokens = 7, inputs = 33, outputs = 10 } = {},
): Promise<Float32Array> {
  const rng = createRng(`${tokens}`);
  const random = (size: number): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: size }, () => rng.normal());
  const x = backend.upload('f32', [tokens, inputs], random(tokens * inputs));
  const weight = backend.upload('f32', [outputs, inputs], random(outputs * inputs));
  const out = backend.alloc('f32', [tokens, outputs]);
  backend.linear({ x, weight, out });
  // In the queue or done: who frees a tensor need not wait.
  x.dispose();
  weight.dispose();
  return backend.download(out);
}

it('computes what was enqueued though its inputs are gone by then', async () => {
  const own = createOwnBackend({ lender: createReferenceBackend() });
  const expected = await product(createReferenceBackend());
  expect(await product(own)).toEqual(expected);
});

it('says at the next wait what went wrong in the queue', async () => {
  const broken: Backend = {
    ...createReferenceBackend(),
    fill() {
      throw new Error('the lender is out of order');
    },
  };
  const backend = createOwnBackend({ lender: broken });
  backend.fill({ out: backend.alloc('f32', [2]), value: 1 });
  await expect(backend.synchronize()).rejects.toThrow('out of order');
  await backend.dispose();
});
