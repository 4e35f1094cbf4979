import { testBackend } from '@bezoar/backend/testkit';
import { describe, expect, it } from 'vitest';
import { createGpuJsBackend } from './create-gpujs-backend.ts';

const api = { describe, it, expect };

for (const mode of ['cpu', 'webasm'] as const) {
  testBackend({ api, name: `gpu.js ${mode}`, create: () => createGpuJsBackend({ mode }) });
}
