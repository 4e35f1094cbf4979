import os from 'node:os';
import { BezoarError } from '@bezoar/core';
import type { Engine } from '../engine/engine.ts';
import { createNativeEngine } from '../engine/native-engine.ts';
import { compileWasmFile } from '../engine/compile-wasm-file.ts';
import { startNodeThread } from '../engine/start-node-thread.ts';
import { createWasmEngine } from '../engine/wasm-engine.ts';
import { libraryFiles } from '../library-files.ts';
import { chooseTier, type TierWish } from './choose-tier.ts';
import { probeNative } from './probe-native.ts';

export interface EngineOptions extends Partial<TierWish> {
  readonly threads?: number;
  /** Folder of the compiled kernels; the package's own lib/ by default. */
  readonly libraryFolder?: URL;
}

/** Chooses a tier and starts it. Throws BezoarError BAD_CONFIG, BACKEND_UNAVAILABLE or OUT_OF_MEMORY. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const { threads = os.availableParallelism(), tier = 'auto', isa = 'auto' } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new BezoarError('BAD_CONFIG', `threads is ${threads}, expected an integer from 1 to 256`, {
      advice: 'Leave threads out to use the whole machine.',
      data: { threads },
    });
  }
  const files = libraryFiles(options.libraryFolder);
  const native = tier === 'wasm' ? { isas: [] } : await probeNative(files.native);
  const choice = chooseTier({ tier, isa }, native);
  return choice.tier === 'native'
    ? createNativeEngine({ file: files.native, isa: choice.isa, threads })
    : createWasmEngine({
        module: await compileWasmFile(files.wasm),
        threads,
        startThread: startNodeThread,
      });
}
