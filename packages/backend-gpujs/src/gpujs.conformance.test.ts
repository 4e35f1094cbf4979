import { testBackend } from '@bezoar/backend/testkit';
import { describe, expect, it } from 'vitest';
import { createGpuJsBackend } from './create-gpujs-backend.ts';

const api = { describe, it, expect };

// The modes that run everywhere; tooling/gl runs the same suite in headless GL.
for (const mode of ['cpu', 'webasm'] as const) {
  testBackend({ api, name: `gpu.js ${mode}`, create: () => createGpuJsBackend({ mode }) });
}
testBackend({
  api,
  name: 'gpu.js cpu, asynchronous contract',
  create: () => createGpuJsBackend({ mode: 'cpu', asyncMode: true }),
});
