import { existsSync } from 'node:fs';
import os from 'node:os';
import type { InstructionSet } from './engine/instruction-sets.ts';
import { libraryFiles } from './library-files.ts';
import { probeNative } from './tiers/probe-native.ts';

/** What `createCpuBackend()` would run on this machine, and why the rest would not. For `bezoar doctor`. */
export interface CpuTiers {
  /** The tier of `createCpuBackend()` without options; `none` when it would throw. */
  readonly active: 'native' | 'wasm' | 'none';
  /** Instruction set of the active tier. */
  readonly isa?: InstructionSet | 'simd128';
  readonly threads: number;
  readonly native: {
    /** Instruction sets that work here, best first. */
    readonly isas: readonly InstructionSet[];
    readonly file: string;
    /** Why the native tier cannot run. */
    readonly reason?: string;
  };
  readonly wasm: { readonly available: boolean; readonly file: string; readonly reason?: string };
}

/** Which tier would run here and with which instructions, on how many threads, and why the others would not. Opens no backend. */
export async function describeCpuTiers(folder?: URL): Promise<CpuTiers> {
  const files = libraryFiles(folder);
  const native = await probeNative(files.native);
  const threads = os.availableParallelism();
  const hasWasm = existsSync(files.wasm);
  const tiers = {
    threads,
    native: { ...native, file: files.native },
    wasm: hasWasm
      ? { available: true, file: files.wasm }
      : {
          available: false,
          file: files.wasm,
          reason: 'the kernels were not built: run `pnpm build:kernels`',
        },
  };
  const [best] = native.isas;
  if (best) return { active: 'native', isa: best, ...tiers };
  return hasWasm ? { active: 'wasm', isa: 'simd128', ...tiers } : { active: 'none', ...tiers };
}
