import { describeCpuTiers, type CpuTiers } from '@bezoar/backend-cpu';
import { describeError } from '@bezoar/core';
import os from 'node:os';
import { loadCudaPackage } from '../../run/load-cuda-package.ts';
import { loadGpuJsPackage } from '../../run/load-gpujs-package.ts';
import { cliCommand, type CliCommand } from '../command.ts';

const keys = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY'];

export const doctor: CliCommand = cliCommand({
  name: 'doctor',
  description: 'Say what this machine can do, and what is missing.',
  example: 'bezoar doctor',
  args: {},
  async run(_, { stdout, env }) {
    const tiers = await describeCpuTiers();
    const lines: [string, string][] = [
      ['Node', `${process.version} on ${process.platform} ${process.arch}`],
      ['processor', os.cpus()[0]?.model.trim() ?? 'unknown'],
      ['memory', `${gigabytes(os.totalmem())}, ${gigabytes(os.freemem())} free`],
      ['compute', describeCompute(tiers)],
      [
        'native tier',
        tiers.native.isas.length > 0
          ? `can run ${tiers.native.isas.join(', ')}`
          : `cannot run: ${tiers.native.reason ?? 'unknown'}`,
      ],
      ['wasm tier', tiers.wasm.available ? 'can run' : `cannot run: ${tiers.wasm.reason ?? 'unknown'}`],
      ['cuda', await describeGpus()],
      ['gpu.js', await describeModes()],
      ...keys.map((key): [string, string] => [key, (env[key] ?? '') === '' ? 'not set' : 'set']),
    ];
    const width = Math.max(...lines.map(([name]) => name.length));
    stdout.write(lines.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join(''));
  },
});

/** What runs on the processor, and why that. */
function describeCompute({ active, isa = 'simd128', threads }: CpuTiers): string {
  if (active === 'none') return 'nothing can run: see below';
  const chosen = `${active}, ${isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  if (active === 'wasm') return `${chosen}: the native tier, several times as fast, cannot run`;
  const why = 'the best instruction set that processor and library share';
  const bf16 = isa === 'avx512bf16' ? 'bf16 precision is twice as fast' : 'bf16 precision computes in f32';
  return `${chosen}: ${why}; ${bf16}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

async function describeGpus(): Promise<string> {
  try {
    const { describeCuda } = await loadCudaPackage();
    const { devices, driver, cublasLt, reason } = await describeCuda();
    const found = devices.map(
      ({ name, capability, memory }) =>
        `${name} (compute capability ${(capability / 10).toFixed(1)}, ${gigabytes(memory)})`,
    );
    if (reason !== undefined) return [`cannot run: ${reason}`, ...found].join('; ');
    const library = cublasLt === undefined ? 'own kernels alone' : `own kernels, or cuBLASLt (${cublasLt})`;
    return `can run on ${found.join(', ')}; driver for CUDA ${driver ?? 'unknown'}; products by ${library}`;
  } catch (error) {
    return `cannot run: ${describeError(error)}`;
  }
}

async function describeModes(): Promise<string> {
  try {
    const { describeGpuJs } = await loadGpuJsPackage();
    const { modes, reason } = await describeGpuJs();
    return reason === undefined ? `can run ${modes.join(', ')}` : `cannot run: ${reason}`;
  } catch (error) {
    return `cannot run: ${describeError(error)}`;
  }
}
