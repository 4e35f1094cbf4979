export { createCpuBackend, type CpuBackendOptions } from './create-cpu-backend.ts';
export { describeCpuTiers, type CpuTiers } from './describe-cpu-tiers.ts';
export type { InstructionSet } from './engine/instruction-sets.ts';
export { measureCpuPeak } from './measure-cpu-peak.ts';
