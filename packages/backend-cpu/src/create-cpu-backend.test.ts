import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createRng } from '@bezoar/core';
import type { Backend } from '@bezoar/backend';
import { describe, expect, it } from 'vitest';
import { createCpuBackend } from './create-cpu-backend.ts';
import { libraryFiles } from './library-files.ts';
import { probeNative } from './tiers/probe-native.ts';

const native = await probeNative(libraryFiles().native);
const tiers: ('native' | 'wasm')[] = native.isas.length > 0 ? ['native', 'wasm'] : ['wasm'];

function noise(size: number, seed: number): Float32Array<ArrayBuffer> {
  const rng = createRng(seed);
  return Float32Array.from({ length: size }, () => rng.next() * 2 - 1);
}

/** A product, a gradient and attention: everything that cuts its work by threads. */
async function compute(backend: Backend): Promise<Float32Array[]> {
  const [tokens, inputs, outputs] = [150, 200, 330];
  const x = backend.upload('f32', [tokens, inputs], noise(tokens * inputs, 1));
  const weight = backend.upload('f32', [outputs, inputs], noise(outputs * inputs, 2));
  const out = backend.alloc('f32', [tokens, outputs]);
  const dX = backend.alloc('f32', [tokens, inputs]);
  const context = backend.alloc('f32', [tokens, inputs]);
  const lse = backend.alloc('f32', [tokens, 4]);
  const layout = {
    cuSeqlens: backend.upload('i32', [3], Int32Array.of(0, 120, 150)),
    batch: 2,
    maxSeqlen: 120,
  };
  backend.linear({ x, weight, out });
  backend.linearBackwardInput({ dOut: out, weight, dX });
  backend.attention({ q: x, k: x, v: dX, heads: 4, kvHeads: 4, scale: 0.1, layout, out: context, lse });
  return Promise.all(
    [out, dX, context, lse].map((tensor) => backend.download(tensor as typeof out & { dtype: 'f32' })),
  );
}

describe.each(tiers)('the %s tier', (tier) => {
  it('gives the same bits with any number of threads', async () => {
    const results = [];
    for (const threads of [1, 2, 3]) {
      const backend = await createCpuBackend({ tier, threads });
      results.push(await compute(backend));
      await backend.dispose();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('cuts products whose packed side exceeds the scratch', async () => {
    const backend = await createCpuBackend({ tier, threads: 2 });
    const [large, depth, small] = [8500, 2000, 20];
    const [wide, narrow] = [noise(large * depth, 3), noise(small * depth, 4)];
    const x = backend.upload('f32', [large, depth], wide);
    const weight = backend.upload('f32', [small, depth], narrow);
    const out = backend.alloc('f32', [large, small]);
    backend.linear({ x, weight, out });
    // The same product as a weight gradient: both sides stored the other way round.
    const dOut = backend.upload('f32', [depth, large], wide);
    const input = backend.upload('f32', [depth, small], narrow);
    const dWeight = backend.alloc('f32', [large, small]);
    backend.linearBackwardWeight({ x: input, dOut, dWeight });
    const forward = await backend.download(out);
    const gradient = await backend.download(dWeight);
    const rng = createRng(5);
    for (let sample = 0; sample < 200; sample++) {
      const [row, column] = [sample < 2 ? sample * (large - 1) : rng.int(large), rng.int(small)];
      let [y, g] = [0, 0];
      for (let k = 0; k < depth; k++) {
        y += wide[row * depth + k]! * narrow[column * depth + k]!;
        g += wide[k * large + row]! * narrow[k * small + column]!;
      }
      expect(forward[row * small + column]! - y).toBeCloseTo(0, 3);
      expect(gradient[row * small + column]! - g).toBeCloseTo(0, 3);
    }
    await backend.dispose();
  });

  it('computes exp to f32 precision over its whole range', async () => {
    const backend = await createCpuBackend({ tier, threads: 1 });
    const values = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 23.1);
    const gate = backend.upload('f32', [values.length], values);
    const up = backend.upload('f32', [values.length], new Float32Array(values.length).fill(1));
    backend.swiglu({ gate, up, out: up });
    const got = await backend.download(up);
    const worst = values.reduce((most, z, i) => {
      const wanted = z / (1 + Math.exp(-z));
      return Math.abs(wanted) < 1e-35 ? most : Math.max(most, Math.abs(got[i]! / wanted - 1));
    }, 0);
    expect(worst).toBeLessThan(5e-7);
    await backend.dispose();
  });

  it('says what runs', async () => {
    const backend = await createCpuBackend({ tier, threads: 2, precision: 'bf16' });
    expect(backend.capabilities.description).toMatch(new RegExp(`^cpu ${tier} \\w+, .*bf16.*, 2 threads$`));
    await backend.dispose();
    await backend.dispose();
    expect(() => backend.alloc('f32', [1])).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  });

  it('keeps no process alive, disposed or not', async () => {
    const source = new URL('./create-cpu-backend.ts', import.meta.url).href;
    const script = `
      const { createCpuBackend } = await import(${JSON.stringify(source)});
      const [kept, gone] = [await createCpuBackend({ tier: '${tier}', threads: 3 }), await createCpuBackend({ tier: '${tier}', threads: 3 })];
      for (const backend of [kept, gone]) backend.fill({ out: backend.alloc('f32', [100_000]), value: 1 });
      await gone.dispose();
      console.log('done');`;
    const args = ['--conditions=@bezoar/source', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 });
    expect(stdout.trim()).toBe('done');
  });
});

it.each([0, 1.5, -1, 1000])('refuses %d threads', async (threads) => {
  await expect(createCpuBackend({ threads })).rejects.toMatchObject({ code: 'BAD_CONFIG' });
});

it('refuses tensors of another backend', async () => {
  const [one, other] = [await createCpuBackend({ threads: 1 }), await createCpuBackend({ threads: 1 })];
  const foreign = other.alloc('f32', [4]);
  expect(() => one.add({ a: foreign, b: foreign, out: one.alloc('f32', [4]) })).toThrow(
    expect.objectContaining({
      code: 'BAD_INPUT',
      message: expect.stringContaining('another backend') as string,
    }),
  );
  await Promise.all([one.dispose(), other.dispose()]);
});
