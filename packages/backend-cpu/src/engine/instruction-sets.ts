/** Instruction sets of the native tier, best first. The order is that of the bits of `bz_instruction_sets`. */
export const instructionSets = ['avx512bf16', 'avx512', 'avx2', 'neon'] as const;

export type InstructionSet = (typeof instructionSets)[number];
