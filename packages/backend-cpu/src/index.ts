export { createCpuBackend, type CpuBackendOptions } from './create-cpu-backend.ts';
export { createCpuDryRun, type CpuDryRunOptions } from './create-cpu-dry-run.ts';
export { describeCpuTiers, type CpuTiers } from './describe-cpu-tiers.ts';
export type { InstructionSet } from './engine/instruction-sets.ts';
export { measurePeak } from './measure-peak.ts';
