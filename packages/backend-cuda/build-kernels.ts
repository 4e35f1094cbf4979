/**
 * Compiles kernels/*.cu, each file twice:
 * - with nvcc, where there is one, into lib/kernels/: PTX for compute_80 with a lowered version, so that older drivers take it,
 *   machine code for the targets below, and a manifest;
 * - with g++ into lib/fake/: a library with the interface of NVIDIA's driver that runs the kernels on this processor, for the tests.
 * What is missing is said; everything else goes on. Nothing is done when sources and compilers are those of the last build.
 *
 *   node build-kernels.ts            builds what changed
 *   node build-kernels.ts --force    builds everything
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readKernels, readSources, type KernelFile } from './src/kernels/read-kernels.ts';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('.', import.meta.url));
const kernelsFolder = path.join(packageFolder, 'kernels');
const fakeFolder = path.join(packageFolder, 'fake');
const force = process.argv.includes('--force');

/** Machine code is shipped for these; other devices from compute capability 8.0 on compile the PTX. */
const targets = ['sm_80', 'sm_86', 'sm_89', 'sm_90a', 'sm_120'];
/** The first PTX with bf16 matrix instructions: drivers from CUDA 11.0 on take it. */
const ptxVersion = '7.0';
/** The first with instructions of warpgroups. */
const warpgroupPtxVersion = '8.0';

function digest(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Fills a folder in one go: an interrupted build leaves the old one. */
async function replaceFolder(
  name: string,
  stamp: string,
  fill: (folder: string) => Promise<void>,
): Promise<boolean> {
  const folder = path.join(packageFolder, 'lib', name);
  const last = await readFile(path.join(folder, 'stamp'), 'utf8').catch(() => '');
  if (!force && last === stamp) return false;
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await fill(fresh);
  await writeFile(path.join(fresh, 'stamp'), stamp);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
  return true;
}

/** The line with the version of a tool that answers. */
async function versionOf(command: string): Promise<string | undefined> {
  const answer = await run(command, ['--version']).catch(() => undefined);
  return answer?.stdout.split('\n').find((line) => /\d+\.\d+/.test(line) && !line.startsWith('Copyright'));
}

/** Both of the toolkit's compilers: on the path, or in the toolkit's folder. */
async function findToolkit(): Promise<{ nvcc: string; ptxas: string; version: string } | undefined> {
  const { CUDA_HOME, CUDA_PATH } = process.env;
  const folders = [undefined, CUDA_HOME, CUDA_PATH, '/usr/local/cuda'].filter((folder) => folder !== '');
  for (const folder of folders) {
    const [nvcc, ptxas] = ['nvcc', 'ptxas'].map((tool) =>
      folder === undefined ? tool : path.join(folder, 'bin', tool),
    ) as [string, string];
    const version = await versionOf(nvcc);
    if (version !== undefined && (await versionOf(ptxas)) !== undefined) return { nvcc, ptxas, version };
  }
  return undefined;
}

/** The targets that this toolkit knows. */
async function targetsOf(nvcc: string): Promise<string[]> {
  const known = (await run(nvcc, ['--list-gpu-code'])).stdout.split('\n');
  return targets.filter((target) => known.includes(target.replace(/a$/, '')));
}

async function buildImages(files: readonly KernelFile[], sources: unknown): Promise<string> {
  const toolkit = await findToolkit();
  if (!toolkit) {
    return 'cuda: skipped, nvcc and ptxas do not answer: a GPU cannot be used from this checkout (install the CUDA toolkit, or use the published package)';
  }
  const { nvcc, ptxas, version } = toolkit;
  const own = await targetsOf(nvcc);
  const built = await replaceFolder('kernels', digest(sources, own, version), async (folder) => {
    const modules: Record<string, unknown> = {};
    for (const { module, kernels, targets: only } of files) {
      const ptxFile = path.join(folder, `${module}.ptx`);
      const virtual = only === undefined ? 'compute_80' : only[0]!.replace('sm', 'compute');
      await run(nvcc, ['-ptx', `-arch=${virtual}`, '-o', ptxFile, path.join(kernelsFolder, `${module}.cu`)]);
      const version = only === undefined ? ptxVersion : warpgroupPtxVersion;
      const ptx = (await readFile(ptxFile, 'utf8')).replace(/^\.version .*$/m, `.version ${version}`);
      await writeFile(ptxFile, ptx);
      const assembled = await Promise.all(
        (only ?? own).map(async (target) => {
          const cubin = path.join(folder, `${module}.${target}.cubin`);
          const { stdout, stderr } = await run(ptxas, ['-v', `-arch=${target}`, '-o', cubin, ptxFile]);
          return [target, resourcesOf(`${stdout}\n${stderr}`)] as const;
        }),
      );
      // Nothing else can run it: the text would only be weight.
      if (only !== undefined) await rm(ptxFile);
      modules[module] = {
        kernels: Object.fromEntries(
          kernels.map(({ name, threads, parameters }) => {
            checkParameters(ptx, name, parameters);
            const resources = assembled.map(([target, facts]) => [target, facts.get(name)]);
            return [name, { threads, parameters, resources: Object.fromEntries(resources) as unknown }];
          }),
        ),
        images: await imagesOf(folder, module),
      };
    }
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify({ modules }));
  });
  const left = targets.filter((target) => !own.includes(target));
  const missing = left.length > 0 ? `; ${left.join(', ')} left out: the toolkit does not know it` : '';
  return `cuda: ${built ? `built ${files.length} modules for ${own.join(', ')} with ${version}` : 'up to date'}${missing}`;
}

/** Registers and static shared memory by kernel, from what ptxas prints. */
function resourcesOf(output: string): Map<string, { registers: number; sharedBytes: number }> {
  const parts = output.split(/Compiling entry function '(\w+)'/).slice(1);
  const facts = new Map<string, { registers: number; sharedBytes: number }>();
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const number = (pattern: RegExp): number => Number(pattern.exec(parts[i + 1]!)?.[1] ?? 0);
    facts.set(parts[i]!, {
      registers: number(/Used (\d+) registers/),
      sharedBytes: number(/(\d+) bytes smem/),
    });
  }
  return facts;
}

/** Throws when the compiled kernel takes other parameters than its source seems to declare. */
function checkParameters(ptx: string, kernel: string, parameters: string): void {
  const list = new RegExp(`\\.entry ${kernel}\\(([^)]*)\\)`).exec(ptx)?.[1] ?? '';
  const bytes = [...list.matchAll(/\.param \.\w(\d+)/g)].map(([, bits]) => Number(bits) / 8);
  const expected = Array.from(parameters, (code) => (code === 'p' || code === 'l' ? 8 : 4));
  if (bytes.join() !== expected.join())
    throw new Error(
      `${kernel}: parameters of ${bytes.join()} bytes in PTX, ${expected.join()} in the source`,
    );
}

/** File and hash of a module's images, by target. */
async function imagesOf(folder: string, module: string): Promise<Record<string, unknown>> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${module}.`)).sort();
  const entries = names.map(async (file) => {
    const target = file.endsWith('.ptx') ? 'ptx' : file.slice(module.length + 1, -'.cubin'.length);
    const sha256 = createHash('sha256')
      .update(await readFile(path.join(folder, file)))
      .digest('hex');
    return [target, { file, sha256 }];
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<string, unknown>;
}

async function buildFake(files: readonly KernelFile[], sources: Record<string, string>): Promise<string> {
  if (process.platform !== 'linux') return 'fake cuda: skipped, it is made for Linux';
  const compiler = process.env.CXX ?? 'g++';
  const version = await versionOf(compiler);
  if (version === undefined)
    return `fake cuda: skipped, ${compiler} does not answer: tests over the fake driver are skipped`;
  const own = await Promise.all(
    (await readdir(fakeFolder)).sort().map((name) => readFile(path.join(fakeFolder, name), 'utf8')),
  );
  const built = await replaceFolder('fake', digest(sources, own, version), async (folder) => {
    // Rounded step by step, and no faster than the formulas: it is compared with float64.
    const flags = [
      '-std=c++20',
      '-O2',
      '-ffp-contract=off',
      '-fPIC',
      '-fvisibility=hidden',
      '-I',
      fakeFolder,
    ];
    const objects = await Promise.all(
      files.map(async ({ module, kernels }) => {
        const wrapper = path.join(folder, `${module}.cpp`);
        const registrations = kernels.map(
          ({ name, threads }) =>
            `static fake::Registration register_${name}("${name}", ${threads}, &${name});`,
        );
        const source = path.join(kernelsFolder, `${module}.cu`);
        const lines = ['#include "device.h"', `#include "${source}"`, ...registrations];
        await writeFile(wrapper, `${lines.join('\n')}\n`);
        const object = path.join(folder, `${module}.o`);
        await run(compiler, [...flags, '-Wno-unknown-pragmas', '-c', wrapper, '-o', object]);
        return object;
      }),
    );
    const own = ['libcuda.cpp', 'fibers.cpp', 'cublaslt.cpp', 'nvrtc.cpp'].map((name) =>
      path.join(fakeFolder, name),
    );
    await run(compiler, [...flags, '-shared', ...own, ...objects, '-o', path.join(folder, 'libcuda.so')]);
    const nccl = ['-shared', path.join(fakeFolder, 'libnccl.cpp'), '-o', path.join(folder, 'libnccl.so')];
    // Found beside it, wherever the folder lies: it is renamed when it is complete.
    const beside = ['-L', folder, '-l:libcuda.so', '-Wl,-rpath,$ORIGIN'];
    await run(compiler, [...flags, ...nccl, ...beside]);
    const modules: Record<string, unknown> = {};
    for (const { module, kernels } of files) {
      await rm(path.join(folder, `${module}.cpp`));
      await rm(path.join(folder, `${module}.o`));
      await writeFile(path.join(folder, `${module}.ptx`), `// fake ${module}\n`);
      modules[module] = {
        kernels: Object.fromEntries(
          kernels.map(({ name, threads, parameters }) => [name, { threads, parameters, resources: {} }]),
        ),
        images: await imagesOf(folder, module),
      };
    }
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify({ modules }));
  });
  return `fake cuda: ${built ? `built with ${version}` : 'up to date'}`;
}

/** A compiler that fails leaves out its half; the tests say what they skip. */
function skipped(name: string): (problem: unknown) => string {
  return (problem) => {
    const text = (problem as { stderr?: string }).stderr ?? String(problem);
    const lines = text.split('\n');
    return `${name}: skipped, ${(lines.find((line) => line.includes('error')) ?? lines[0] ?? '').trim()}`;
  };
}

const sources = await readSources(kernelsFolder);
const files = readKernels(sources);
console.log(await buildImages(files, sources).catch(skipped('cuda')));
console.log(await buildFake(files, sources).catch(skipped('fake cuda')));
