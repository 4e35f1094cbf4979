import { testBackend } from '@bezoar/backend/testkit';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createCpuBackend, type CpuBackendOptions } from './create-cpu-backend.ts';
import { createWasmBackend } from './create-wasm-backend.ts';
import { instructionSets } from './engine/instruction-sets.ts';
import { libraryFiles } from './library-files.ts';
import { probeNative } from './tiers/probe-native.ts';

const api = { describe, it, expect };
const native = await probeNative(libraryFiles().native);

function conform(name: string, options: CpuBackendOptions): void {
  testBackend({ api, name, create: () => createCpuBackend(options) });
}

testBackend({
  api,
  name: 'cpu wasm, as a browser runs it',
  create: async () => createWasmBackend({ kernels: new Uint8Array(await readFile(libraryFiles().wasm)) }),
});
conform('cpu wasm, 2 threads', { tier: 'wasm', threads: 2 });

for (const isa of instructionSets) {
  const missing = native.isas.includes(isa)
    ? undefined
    : (native.reason ?? 'this processor or build has none');
  if (missing === undefined) conform(`cpu native ${isa}, 2 threads`, { tier: 'native', isa, threads: 2 });
  else describe.skip(`cpu native ${isa} (skipped: ${missing})`, () => it('conforms', () => undefined));
}

// Operands have 8 significant bits: errors of 2⁻⁹ each, averaged over a sum.
if (native.isas.includes('avx512bf16')) {
  testBackend({
    api,
    name: 'cpu native avx512bf16, bf16 operands',
    tolerance: 1000,
    create: () => createCpuBackend({ isa: 'avx512bf16', precision: 'bf16', threads: 2 }),
    skip: [
      {
        case: 'linear + fill: inputs disposed right after the call, and their memory used again',
        reason: 'it compares with f32 precision; the f32 run covers it',
      },
    ],
  });
}
