export { createCpuBackend, type CpuBackendOptions } from './create-cpu-backend.ts';
export { describeCpuTiers, type CpuTiers } from './describe-cpu-tiers.ts';
export type { InstructionSet } from './engine/instruction-sets.ts';
export { measurePeak } from './measure-peak.ts';
