export { createCpuBackend, type CpuBackendOptions } from './create-cpu-backend.ts';
export type { InstructionSet } from './engine/instruction-sets.ts';
