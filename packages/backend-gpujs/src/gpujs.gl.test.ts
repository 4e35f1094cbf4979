import { testBackend } from '@bezoar/backend/testkit';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createGpuJsBackend } from './create-gpujs-backend.ts';
import { describeGpuJs } from './describe-gpujs.ts';

const { modes } = await describeGpuJs();

// WebGL on this machine's OpenGL, Mesa's software among it. `pnpm test:gl` brings what it needs and runs this file.
if (modes.includes('headlessgl')) {
  testBackend({
    api: { describe, it, expect },
    name: 'gpu.js headlessgl',
    create: () => createGpuJsBackend({ mode: 'headlessgl' }),
  });

  it('has no more textures after 500 rounds of ops than after 10, headlessgl', async () => {
    const textures = countTextures();
    const backend = await createGpuJsBackend({ mode: 'headlessgl' });
    const make = (rows: number, columns: number) => backend.alloc('f32', [rows, columns]);
    const [x, weight, grad, m, v] = [make(8, 16), make(16, 16), make(16, 16), make(16, 16), make(16, 16)];
    const adam = { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, gradScale: 1 };
    const after: number[] = [];
    for (let step = 1; step <= 500; step++) {
      const out = make(8, 16);
      backend.linear({ x, weight, out });
      backend.swiglu({ gate: out, up: x, out });
      backend.add({ a: x, b: out, scale: 0.5, out: x });
      backend.linearBackwardWeight({ x, dOut: out, dWeight: grad });
      backend.adamW({ param: weight, grad, m, v, ...adam, step });
      backend.fill({ out: grad, value: 0 });
      backend.copy({ src: out, dst: x });
      out.dispose();
      after.push(textures());
    }
    await backend.synchronize();
    expect(after.at(-1)!).toBeLessThanOrEqual(after[9]!);
    await backend.dispose();
  });
} else {
  describe.skip('gpu.js headlessgl (skipped: gl has no binary for this Node, or there is no X server; see `pnpm test:gl`)', () =>
    it('conforms', () => undefined));
}

/** Counts the textures of all contexts that gl makes from now on. */
function countTextures(): () => number {
  const gpuJs = createRequire(import.meta.url).resolve('gpu.js');
  const { WebGLRenderingContext } = createRequire(gpuJs)('gl/src/javascript/webgl-rendering-context') as {
    WebGLRenderingContext: {
      prototype: { createTexture: () => object; deleteTexture: (one: object) => void };
    };
  };
  const { prototype } = WebGLRenderingContext;
  const { createTexture, deleteTexture } = prototype;
  let count = 0;
  prototype.createTexture = function () {
    count += 1;
    return createTexture.call(this);
  };
  prototype.deleteTexture = function (one) {
    count -= 1;
    deleteTexture.call(this, one);
  };
  return () => count;
}
