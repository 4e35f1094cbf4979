import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createCpuBackend, describeCpuTiers } from '@bezoar/backend-cpu';

export interface TestBackend {
  readonly name: string;
  readonly create: () => Promise<Backend>;
}

/** The reference, the WebAssembly tier, and the native tier with every instruction set that this machine has. */
export async function listTestBackends(): Promise<readonly TestBackend[]> {
  const { native, wasm } = await describeCpuTiers();
  return [
    { name: 'reference', create: () => Promise.resolve(createReferenceBackend()) },
    ...(wasm.available ? [{ name: 'cpu wasm', create: () => createCpuBackend({ tier: 'wasm' }) }] : []),
    ...native.isas.map((isa) => ({ name: `cpu native ${isa}`, create: () => createCpuBackend({ isa }) })),
  ];
}
