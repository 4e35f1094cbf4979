import { openTensorSum, type Backend, type ProcessGroup, type TensorSum } from '@bezoar/backend';
import { createLocalGroup } from '@bezoar/backend/testkit';
import { createRng } from '@bezoar/core';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCudaBackend } from '../create-cuda-backend.ts';

const kernels = new URL('../../lib/fake/', import.meta.url);
const library = fileURLToPath(new URL('libcuda.so', kernels));
const nccl = fileURLToPath(new URL('libnccl.so', kernels));

/** The processes of a group all live in this one: their communicators wait for each other all the same. */
describe.skipIf(!existsSync(nccl))('over the fake NCCL (it needs g++)', () => {
  const size = 3;
  let backends: Backend[];
  let folder: string;
  beforeAll(async () => {
    backends = [];
    for (let rank = 0; rank < size; rank++)
      backends.push(await createCudaBackend({ library, kernels, nccl, precision: 'f32' }));
  });
  afterAll(async () => {
    for (const backend of backends) await backend.dispose();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'bezoar-nccl-'));
    process.env['FAKE_NCCL_FOLDER'] = folder;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    for (const name of Object.keys(process.env))
      if (name.startsWith('FAKE_NCCL_')) Reflect.deleteProperty(process.env, name);
  });

  const open = (groups: readonly ProcessGroup[] = createLocalGroup(size)): Promise<TensorSum[]> =>
    Promise.all(groups.map((group, rank) => openTensorSum(backends[rank]!, group)));

  it('sums what ops before have made, for ops after, again and again', async () => {
    const sums = await open();
    expect(sums.map(({ description }) => description)).toEqual(Array(size).fill('NCCL 2.21.0'));
    const seed = Math.floor(Math.random() * 2 ** 32);
    const rng = createRng(seed);
    const shapes = [[5], [300, 7], [1]];
    const tensors = backends.map((backend) => shapes.map((shape) => backend.alloc('f32', shape)));
    for (let round = 0; round < 3; round++) {
      const values = tensors.map((own) =>
        own.map(({ size: count }) => Float32Array.from({ length: count }, () => rng.int(1000))),
      );
      const doubled = await Promise.all(
        backends.map(async (backend, rank) => {
          const own = tensors[rank]!;
          own.forEach((tensor, index) => backend.write(tensor, values[rank]![index]!));
          for (const tensor of own) backend.add({ a: tensor, b: tensor, out: tensor });
          await sums[rank]!.sum(own);
          for (const tensor of own) backend.add({ a: tensor, b: tensor, out: tensor });
          return Promise.all(own.map((tensor) => backend.download(tensor)));
        }),
      );
      const expected = shapes.map((_, index) =>
        values[0]![index]!.map((_value, at) =>
          values.reduce((total, own) => total + 4 * own[index]![at]!, 0),
        ),
      );
      for (const results of doubled) expect(results, `seed ${seed}`).toEqual(expected);
    }
    for (const own of tensors) own.forEach((tensor) => tensor.dispose());
    sums.forEach((sum) => sum.dispose());
    // Older sums leave nothing behind.
    const [communicator] = readdirSync(folder);
    expect(
      readdirSync(path.join(folder, communicator!)).filter((name) => name.startsWith('sum')),
    ).toHaveLength(size);
  });

  it('gives up for host memory when any process has none, or an old one', async () => {
    process.env['FAKE_NCCL_VERSION'] = '21304';
    expect((await open()).map(({ description }) => description)).toEqual(Array(size).fill('host memory'));
    Reflect.deleteProperty(process.env, 'FAKE_NCCL_VERSION');
    const without = await createCudaBackend({
      library,
      kernels,
      precision: 'f32',
      nccl: '/nowhere/libnccl.so.2',
    });
    const groups = createLocalGroup(2);
    const sums = await Promise.all([
      openTensorSum(without, groups[0]!),
      openTensorSum(backends[1]!, groups[1]!),
    ]);
    expect(sums.map(({ description }) => description)).toEqual(['host memory', 'host memory']);
    await without.dispose();
  });

  it('ends what waits when the group falls apart', async () => {
    const failure = new AbortController();
    const groups = createLocalGroup(size).map((group) => ({ ...group, failure: failure.signal }));
    const sums = await open(groups);
    const tensors = backends.map((backend) => backend.alloc('f32', [4]));
    // The last one never comes.
    const waiting = [0, 1].map((rank) => sums[rank]!.sum([tensors[rank]!]));
    setTimeout(() => failure.abort(new Error('rank 2 is gone')), 20);
    for (const sum of waiting) await expect(sum).rejects.toThrow('rank 2 is gone');
    await expect(sums[2]!.sum([tensors[2]!])).rejects.toThrow('rank 2 is gone');
    sums.forEach((sum) => sum.dispose());
    for (const tensor of tensors) tensor.dispose();
  });

  it('says what NCCL says when processes sum different things', async () => {
    const sums = await open();
    const tensors = backends.map((backend, rank) => backend.alloc('f32', [4 + rank]));
    const errors = await Promise.allSettled(sums.map((sum, rank) => sum.sum([tensors[rank]!])));
    expect(errors.map(({ status }) => status)).toEqual(Array(size).fill('rejected'));
    expect((errors[0] as PromiseRejectedResult).reason).toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: 'NCCL cannot sum over the GPUs: invalid argument',
    });
    sums.forEach((sum) => sum.dispose());
    for (const tensor of tensors) tensor.dispose();
  });
});
