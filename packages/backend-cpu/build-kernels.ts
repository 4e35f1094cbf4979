/**
 * Compiles kernels/*.c: WebAssembly into lib/, with the clang that comes from npm, and a native shared library with the
 * machine's compiler where there is one, into the package for this platform (or into lib/ where there is no such package).
 * Where a compiler for the other architecture of Linux answers, its package gets a library too. Nothing is done when
 * sources, flags and compiler are those of the last build.
 *
 *   node build-kernels.ts            builds what changed
 *   node build-kernels.ts --force    builds everything
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const kernelsFolder = fileURLToPath(new URL('kernels/', import.meta.url));
const libFolder = fileURLToPath(new URL('lib/', import.meta.url));
const force = process.argv.includes('--force');

const commonFlags = ['-std=gnu11', '-O3', '-fno-math-errno', '-ffp-contract=off', '-fno-strict-aliasing'];
const avx512 = ['-mavx2', '-mfma', '-mf16c', '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl'];
/** Instruction sets by Node's name of the architecture. `native.c` knows the macros too. */
const variants: Record<string, readonly { readonly macro: string; readonly flags: readonly string[] }[]> = {
  x64: [
    { macro: 'AVX512BF16', flags: [...avx512, '-mavx512bf16'] },
    { macro: 'AVX512', flags: avx512 },
    { macro: 'AVX2', flags: ['-mavx2', '-mfma'] },
  ],
  arm64: [{ macro: 'NEON', flags: [] }],
};

async function readSources(): Promise<Record<string, string>> {
  const names = (await readdir(kernelsFolder)).filter((name) => /\.[ch]$/.test(name)).sort();
  const entries = names.map(async (name) => [name, await readFile(path.join(kernelsFolder, name), 'utf8')]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

function digest(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** True when `file` was built from exactly this; a stamp beside it remembers. */
async function isFresh(file: string, stamp: string): Promise<boolean> {
  if (force || !existsSync(file)) return false;
  return (await readFile(`${file}.stamp`, 'utf8').catch(() => '')) === stamp;
}

async function put(file: string, content: Uint8Array, stamp: string): Promise<void> {
  // Renamed into place, because a process may have the old library mapped.
  await writeFile(`${file}.new`, content);
  await rename(`${file}.new`, file);
  await writeFile(`${file}.stamp`, stamp);
}

async function buildWasm(sources: Record<string, string>): Promise<string> {
  const compile = [
    'clang',
    '--target=wasm32',
    ...commonFlags,
    '-DBZ_WASM',
    '-msimd128',
    '-mrelaxed-simd',
    '-matomics',
  ];
  compile.push('-mbulk-memory', '-nostdlib', '-ffreestanding', '-c', 'wasm.c', '-o', 'wasm.o');
  const link = ['wasm-ld', '--no-entry', '--import-memory', '--shared-memory', '--max-memory=4294901760'];
  link.push(
    '-z',
    'stack-size=262144',
    '--export=__stack_pointer',
    '--export=__heap_base',
    'wasm.o',
    '-o',
    'kernels.wasm',
  );
  const file = path.join(libFolder, 'kernels.wasm');
  const stamp = digest(sources, compile, link);
  if (await isFresh(file, stamp)) return 'wasm: up to date';
  const { runLLVM } = await import('@yowasp/clang');
  const messages: Uint8Array[] = [];
  const options = {
    stderr: (bytes: Uint8Array | null) => bytes && messages.push(bytes),
    fetchProgress: () => undefined,
  };
  try {
    const compiled = await runLLVM(compile, sources, options);
    const linked = await runLLVM(link, compiled, options);
    await put(file, (linked as unknown as Record<string, Uint8Array>)['kernels.wasm']!, stamp);
  } catch (error) {
    throw new Error(`wasm: the compiler failed\n${Buffer.concat(messages).toString()}`, { cause: error });
  }
  return 'wasm: built';
}

interface Target {
  readonly platform: string;
  readonly arch: string;
  /** Commands to try. */
  readonly compilers: readonly (string | undefined)[];
}

const here: Target = {
  platform: process.platform,
  arch: process.arch,
  compilers: [process.env.CC, 'cc', 'gcc', 'clang'],
};

const others: readonly Target[] = [
  { platform: 'linux', arch: 'arm64', compilers: [process.env.CC_LINUX_ARM64, 'aarch64-linux-gnu-gcc'] },
  { platform: 'linux', arch: 'x64', compilers: [process.env.CC_LINUX_X64, 'x86_64-linux-gnu-gcc'] },
].filter(({ platform, arch }) => platform !== process.platform || arch !== process.arch);

/** The first C compiler that answers. */
async function findCompiler({
  compilers,
}: Target): Promise<{ command: string; version: string } | undefined> {
  for (const command of compilers) {
    if (!command) continue;
    const answer = await run(command, ['--version']).catch(() => undefined);
    if (answer) return { command, version: answer.stdout };
  }
  return undefined;
}

/** Where a target's library belongs. */
function libraryFile({ platform, arch }: Target): string {
  const suffix = platform === 'win32' ? 'dll' : 'so';
  const packaged = fileURLToPath(new URL(`../backend-cpu-${platform}-${arch}/`, import.meta.url));
  return existsSync(packaged)
    ? path.join(packaged, 'lib', `kernels.${suffix}`)
    : path.join(libFolder, `kernels-${platform}-${arch}.${suffix}`);
}

async function buildNative(target: Target, sources: Record<string, string>): Promise<string> {
  const name = `native ${target.platform}-${target.arch}`;
  const wanted = variants[target.arch];
  if (!wanted) return `${name}: skipped, there are no kernels for this architecture`;
  const compiler = await findCompiler(target);
  if (!compiler)
    return `${name}: skipped, no C compiler answers (${target.compilers.filter(Boolean).join(', ')})`;
  const file = libraryFile(target);
  await mkdir(path.dirname(file), { recursive: true });
  const stamp = digest(sources, commonFlags, wanted, compiler);
  if (await isFresh(file, stamp)) return `${name}: up to date`;
  const folder = await mkdtemp(path.join(tmpdir(), 'bezoar-kernels-'));
  const flags = [...commonFlags, '-fPIC', '-fvisibility=hidden', '-pthread', '-I', kernelsFolder];
  const compile = (source: string, object: string, extra: readonly string[]): Promise<unknown> =>
    run(compiler.command, [
      ...flags,
      ...extra,
      '-c',
      path.join(kernelsFolder, source),
      '-o',
      path.join(folder, object),
    ]);
  try {
    const built = await Promise.all(
      wanted.map(async ({ macro, flags: extra }) => {
        const object = `kernels-${macro}.o`;
        const failure = await compile('kernels.c', object, [...extra, `-DBZ_${macro}`]).then(
          () => undefined,
          firstLine,
        );
        return { macro, object, failure };
      }),
    );
    const linked = built.filter(({ failure }) => failure === undefined);
    const failures = built.flatMap(({ macro, failure }) =>
      failure === undefined ? [] : [`${macro} left out: ${failure}`],
    );
    if (linked.length === 0)
      return `${name}: skipped, nothing compiled (${failures.join('; ')}); WebAssembly will run`;
    // The pool is no hot code: any variant's macro does for its types.
    const base = wanted.at(-1)!;
    await compile('pool.c', 'pool.o', [...base.flags, `-DBZ_${base.macro}`]);
    await compile('native.c', 'native.o', [
      ...base.flags,
      `-DBZ_${base.macro}`,
      ...linked.map(({ macro }) => `-DBZ_WITH_${macro}`),
    ]);
    const objects = ['pool.o', 'native.o', ...linked.map(({ object }) => object)].map((name) =>
      path.join(folder, name),
    );
    const output = path.join(folder, 'out');
    await run(compiler.command, [
      '-shared',
      '-pthread',
      ...objects,
      '-o',
      output,
      ...(target.platform === 'linux' ? ['-ldl'] : []),
    ]);
    await put(file, await readFile(output), stamp);
    return [
      `${name}: built ${linked.map(({ macro }) => macro).join(', ')} with ${firstLine(compiler.version)}`,
      ...failures,
    ].join('; ');
  } catch (error) {
    return `${name}: skipped, ${firstLine(error)}; WebAssembly will run`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The line that says what went wrong. */
function firstLine(problem: unknown): string {
  const { stderr } = problem as { stderr?: string };
  const lines = (stderr ?? String(problem)).split('\n');
  return (lines.find((line) => line.includes('error')) ?? lines[0] ?? '').trim();
}

await mkdir(libFolder, { recursive: true });
// A library in lib/ goes first: one that another version of this script left there would be stale.
const stale = (await readdir(libFolder)).filter((name) => /^kernels-/.test(name));
for (const name of stale.map((each) => path.join(libFolder, each)))
  if (name.replace(/\.stamp$/, '') !== libraryFile(here)) await rm(name);
const sources = await readSources();
const crossed: Target[] = [];
for (const target of others) if (await findCompiler(target)) crossed.push(target);
const builds = [buildWasm(sources), ...[here, ...crossed].map((target) => buildNative(target, sources))];
for (const line of await Promise.all(builds)) console.log(line);
