import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { afterEach, describe, expect, it } from 'vitest';
import { isMissing, kernels, library, noise, resetFake } from './__fixtures__/fake-cuda.ts';
import { createCudaBackend } from './create-cuda-backend.ts';
import { describeCuda } from './describe-cuda.ts';

const create = (): Promise<Backend> => createCudaBackend({ library, kernels, precision: 'f32' });

describe('without a usable driver', () => {
  it('says that it is not there', async () => {
    await expect(createCudaBackend({ library: '/nowhere/libcuda.so.1', kernels })).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringContaining('/nowhere/libcuda.so.1') as string,
      advice: expect.stringContaining('CPU backend') as string,
    });
    expect(await describeCuda({ library: '/nowhere/libcuda.so.1' })).toMatchObject({
      devices: [],
      reason: expect.stringContaining('failed its probe') as string,
    });
  });
});

describe.skipIf(isMissing)('over the fake driver (it needs g++)', () => {
  afterEach(resetFake);

  it('is described', async () => {
    expect(await describeCuda({ library, kernels })).toEqual({
      driver: '12.4',
      devices: [{ name: 'fake device', capability: 80, multiprocessors: 4, memory: 2 ** 31, free: 2 ** 31 }],
    });
  });

  it.each([
    [{ FAKE_CUDA_DEVICES: '0' }, 'cuInit gave CUDA_ERROR_NO_DEVICE'],
    [{ FAKE_CUDA_VERSION: '10020' }, 'the NVIDIA driver speaks CUDA 10.2'],
    [{ FAKE_CUDA_CAPABILITY: '75' }, 'fake device has compute capability 7.5'],
  ])('refuses %j', async (environment, reason) => {
    Object.assign(process.env, environment);
    await expect(create()).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: `the CUDA backend cannot run: ${reason}`,
    });
    expect((await describeCuda({ library, kernels })).reason).toContain(reason);
  });

  it('says what is missing when the kernels were not built', async () => {
    const empty = new URL('../lib/none/', import.meta.url);
    const options = { library, kernels: empty, nvrtcLibrary: '/nowhere/libnvrtc.so.13' };
    await expect(createCudaBackend(options)).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: 'the CUDA kernels were not built',
    });
    expect((await describeCuda({ library, kernels: empty })).reason).toBe('the CUDA kernels were not built');
  });

  it('gives the sizes asked and free when memory is out', async () => {
    process.env['FAKE_CUDA_MEMORY'] = String(80 * 2 ** 20);
    const backend = await create();
    const error: unknown = await Promise.resolve()
      .then(() => backend.alloc('f32', [30, 2 ** 20]))
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'OUT_OF_MEMORY',
      data: { bytes: 120 * 2 ** 20, free: 16 * 2 ** 20, total: 80 * 2 ** 20 },
    });
    // What fits still does, and what was freed is used again.
    for (let round = 0; round < 3; round++) backend.alloc('f32', [14, 2 ** 20]).dispose();
    await backend.dispose();
  });

  it('takes a planned arena at once, and nothing beside it', async () => {
    process.env['FAKE_CUDA_MEMORY'] = String(80 * 2 ** 20);
    const options = { library, kernels, precision: 'f32' } as const;
    const backend = await createCudaBackend({ ...options, arena: 75 * 2 ** 20 });
    expect(backend.memory().held).toBe(75 * 2 ** 20);
    // A slab of 64 MiB would not leave room for it.
    backend.alloc('f32', [17, 2 ** 20]).dispose();
    expect(backend.memory().held).toBe(75 * 2 ** 20);
    await backend.dispose();
    await expect(createCudaBackend({ ...options, arena: 90 * 2 ** 20 })).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      data: { bytes: 90 * 2 ** 20, free: 80 * 2 ** 20, total: 80 * 2 ** 20 },
    });
  });

  it('gives up for good when a kernel has crashed, and says where it was seen', async () => {
    process.env['FAKE_CUDA_FAIL_LAUNCH'] = '2';
    const backend = await create();
    const x = backend.alloc('f32', [4]);
    backend.fill({ out: x, value: 1 });
    backend.fill({ out: x, value: 2 });
    const lost = { code: 'BACKEND_UNAVAILABLE', data: { name: 'CUDA_ERROR_ILLEGAL_ADDRESS' } };
    await expect(backend.download(x)).rejects.toMatchObject(lost);
    expect(() => backend.fill({ out: x, value: 3 })).toThrow(expect.objectContaining({ code: lost.code }));
    await expect(backend.synchronize()).rejects.toMatchObject(lost);
    await backend.dispose();
  });

  it('downloads what the tensor held when it was called', async () => {
    const backend = await create();
    const x = backend.upload('f32', [3], Float32Array.of(1, 2, 3));
    const [first, second] = [backend.download(x), backend.download(x)];
    backend.fill({ out: x, value: 0 });
    x.dispose();
    backend.fill({ out: backend.alloc('f32', [3]), value: 7 });
    expect(await first).toEqual(Float32Array.of(1, 2, 3));
    expect(await second).toEqual(Float32Array.of(1, 2, 3));
    await backend.dispose();
  });

  // The fake driver does eight copies as late as may be, then eight at once: an event that is not waited for gives other bytes.
  it('brings large uploads in the order of the ops, through memory that is used again', async () => {
    const backend = await create();
    const size = 700_000;
    const first = noise(size, 99);
    const read = await backend.download(backend.upload('f32', [size], first));
    expect(read.findIndex((value, i) => value !== first[i])).toBe(-1);
    const sums = [];
    for (let round = 0; round < 5; round++) {
      const x = backend.upload('f32', [size], noise(size, round));
      const copy = backend.alloc('f32', [size]);
      backend.add({ a: x, b: x, scale: 1, out: copy });
      // It takes the place of x as soon as the ops before are done.
      x.dispose();
      const y = backend.upload('f32', [size], noise(size, round + 10));
      backend.add({ a: copy, b: y, scale: 1, out: copy });
      backend.write(y, new Float32Array(size));
      sums.push([copy, y] as const);
    }
    for (const [round, [copy, y]] of sums.entries()) {
      const [a, b] = [noise(size, round), noise(size, round + 10)];
      const got = await backend.download(copy);
      const wrong = got.findIndex((value, i) => value !== Math.fround(2 * a[i]! + b[i]!));
      expect({ round, wrong }).toEqual({ round, wrong: -1 });
      expect((await backend.download(y)).every((value) => value === 0)).toBe(true);
    }
    await backend.dispose();
  });

  it('sees indices that an op has written', async () => {
    const backend = await create();
    const ids = backend.upload('i32', [2], Int32Array.of(0, 1));
    const table = backend.upload('f32', [2, 1], Float32Array.of(5, 6));
    const out = backend.alloc('f32', [2, 1]);
    backend.fill({ out: ids, value: 1 });
    backend.gatherRows({ table, ids, out });
    expect(await backend.download(out)).toEqual(Float32Array.of(6, 6));
    backend.write(ids, Int32Array.of(2));
    expect(() => backend.gatherRows({ table, ids, out })).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    );
    await backend.dispose();
  });

  it('refuses a tensor of another backend', async () => {
    const [own, other] = [await create(), createReferenceBackend()];
    const x = other.alloc('f32', [1]);
    expect(() => own.fill({ out: x, value: 1 })).toThrow(/belongs to another backend/);
    await own.dispose();
  });

  it('splits long sums of small products over blocks, with the same result', async () => {
    const backend = await createCudaBackend({ library, kernels });
    const [tokens, inputs, outputs] = [600, 20, 12];
    const [x, dOut] = [noise(tokens * inputs, 1), noise(tokens * outputs, 2)];
    const dWeight = backend.alloc('f32', [outputs, inputs]);
    backend.linearBackwardWeight({
      x: backend.upload('f32', [tokens, inputs], x),
      dOut: backend.upload('f32', [tokens, outputs], dOut),
      dWeight,
    });
    const sums = await backend.download(dWeight);
    await backend.dispose();
    const expected = sums.map((_, at) => {
      const [o, i] = [Math.floor(at / inputs), at % inputs];
      return Array.from({ length: tokens }, (_, t) => dOut[t * outputs + o]! * x[t * inputs + i]!).reduce(
        (a, b) => a + b,
      );
    });
    const greatest = Math.max(...expected.map(Math.abs));
    for (const [at, sum] of sums.entries())
      expect(Math.abs(sum - expected[at]!)).toBeLessThan(0.01 * greatest);
  });

  // Sizes that the conformance suite does not have: between the kernels' own, more than two tiles, groups of heads.
  it.each([
    [96, undefined],
    [112, 40],
    [72, 70],
  ])('attends with heads of %i on the tensor cores as in f32, window %s', async (headDim, window) => {
    const [heads, kvHeads, lengths] = [4, 2, [150, 3]] as const;
    const tokens = lengths[0] + lengths[1];
    const results = [];
    for (const precision of ['f32', 'bf16'] as const) {
      const backend = await createCudaBackend({ library, kernels, precision });
      const random = (columns: number, seed: number): ReturnType<typeof backend.upload<'f32'>> =>
        backend.upload('f32', [tokens, columns], noise(tokens * columns, seed));
      const [q, k, v] = [
        random(heads * headDim, 1),
        random(kvHeads * headDim, 2),
        random(kvHeads * headDim, 3),
      ];
      const args = {
        ...{ q, k, v, heads, kvHeads, scale: headDim ** -0.5 },
        layout: {
          cuSeqlens: backend.upload('i32', [3], Int32Array.of(0, lengths[0], tokens)),
          batch: 2,
          maxSeqlen: lengths[0],
        },
        out: backend.alloc('f32', q.shape),
        lse: backend.alloc('f32', [tokens, heads]),
        ...(window === undefined ? {} : { window }),
      };
      const [dQ, dK, dV] = [q, k, v].map(({ shape }) => backend.alloc('f32', shape)) as [
        typeof q,
        typeof q,
        typeof q,
      ];
      backend.attention(args);
      backend.attentionBackward({ ...args, dOut: random(heads * headDim, 4), dQ, dK, dV });
      results.push(await Promise.all([args.out, args.lse, dQ, dK, dV].map((x) => backend.download(x))));
      await backend.dispose();
    }
    for (const [index, exact] of results[0]!.entries()) {
      const rounded = results[1]![index]!;
      const greatest = Math.max(...exact.map(Math.abs));
      const difference = Math.max(...exact.map((value, i) => Math.abs(value - rounded[i]!)));
      expect(difference).toBeLessThan(0.02 * greatest);
      // They are other kernels: the same bits would mean that these were not run.
      expect(difference).toBeGreaterThan(0);
    }
  });
});
