import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { instructionSets, type InstructionSet } from '../engine/instruction-sets.ts';

/** What a native library can do on this machine. */
export interface NativeProbe {
  /** Instruction sets that ran, best first; empty when the library cannot be used. */
  readonly isas: readonly InstructionSet[];
  /** Why it cannot be used. */
  readonly reason?: string;
}

/**
 * Opens the library, asks which instruction sets it may use, and runs a kernel of each. It happens in a child process: a
 * wrong binary ends with a crash, and must not take the caller with it.
 */
const probeSource = `
const [koffiPath, file, names] = process.argv.slice(1);
const library = require(koffiPath).load(file);
const i = 'intptr_t';
const bits = library.func('bz_instruction_sets', 'int32_t', [])();
const pool = library.func('bz_memory_take', i, [i])(library.func('bz_pool_bytes', i, [i, i])(1, 0) + 64);
library.func('bz_pool_init', 'void', [i, i, i])(pool, 1, 0);
const isas = JSON.parse(names).filter((name, bit) => bits & (1 << bit));
for (const isa of isas) library.func('bz_peak_' + isa, 'void', [i, i, i, 'void *'])(pool, 1, 1, new Int32Array(3));
process.stdout.write(JSON.stringify(isas));
`;

const PROBE_TIMEOUT = 20_000;

/** Probes a library file once per file and machine: the answer is kept in the folder for temporary files. */
export async function probeNative(file: string, cacheFolder: string = os.tmpdir()): Promise<NativeProbe> {
  const content = await readFile(file).catch(() => undefined);
  if (!content) return { isas: [], reason: `there is no native library at ${file}` };
  let koffiPath: string;
  try {
    koffiPath = createRequire(import.meta.url).resolve('koffi');
  } catch {
    return { isas: [], reason: 'the package koffi is not installed' };
  }
  const key = createHash('sha256')
    .update(content)
    .update([os.cpus()[0]?.model, os.release(), process.version, koffiPath].join('\n'))
    .digest('hex');
  const cache = path.join(cacheFolder, `bezoar-cpu-probe-${key.slice(0, 32)}.json`);
  const known = await readAnswer(cache);
  if (known) return known;
  const probe = await runProbe(koffiPath, file);
  // Only good answers are kept: a failure may be the machine's bad moment. A cache that cannot be written costs time only.
  if (probe.isas.length > 0)
    await writeFile(cache, JSON.stringify(probe), { mode: 0o600 }).catch(() => undefined);
  return probe;
}

async function readAnswer(cache: string): Promise<NativeProbe | undefined> {
  try {
    return { isas: knownNames((JSON.parse(await readFile(cache, 'utf8')) as NativeProbe).isas) };
  } catch {
    return undefined;
  }
}

function knownNames(names: readonly string[]): InstructionSet[] {
  return instructionSets.filter((isa) => names.includes(isa));
}

function runProbe(koffiPath: string, file: string): Promise<NativeProbe> {
  const args = ['-e', probeSource, koffiPath, file, JSON.stringify(instructionSets)];
  const environment = { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { timeout: PROBE_TIMEOUT, env: environment },
      (error, stdout, stderr) => {
        if (error) {
          const { signal } = error;
          const line =
            stderr.split('\n').find((text) => text.includes('rror')) ?? error.message.split('\n')[0] ?? '';
          resolve({
            isas: [],
            reason: `the native library failed its probe: ${signal ? `killed by ${signal}` : line.trim()}`,
          });
          return;
        }
        const isas = knownNames(JSON.parse(stdout) as string[]);
        resolve(
          isas.length > 0
            ? { isas }
            : { isas, reason: 'the native library holds no instruction set that this processor has' },
        );
      },
    );
  });
}
