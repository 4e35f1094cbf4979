import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

/** What the source of a kernel says about it. */
export interface KernelSource {
  readonly name: string;
  readonly threads: number;
  /** Types of the parameters, as in src/kernels/kernel-signatures.ts. */
  readonly parameters: string;
}

/** One file of kernels/, with its headers. */
export interface KernelFile {
  /** Without the ending. */
  readonly module: string;
  /** The only targets that its head names (`targets: sm_90a`): instructions that others do not have. */
  readonly targets?: readonly string[];
  readonly kernels: readonly KernelSource[];
}

/** All files of kernels/ by name, headers among them. */
export async function readSources(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => /\.cuh?$/.test(name)).sort();
  const entries = names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

/** The kernels that the sources declare with KERNEL(threads). */
export function readKernels(sources: Readonly<Record<string, string>>): KernelFile[] {
  const headers = Object.entries(sources).flatMap(([name, source]) =>
    name.endsWith('.cuh') ? [source] : [],
  );
  return Object.entries(sources).flatMap(([name, source]) => {
    if (!name.endsWith('.cu')) return [];
    const macros = parameterMacros([...headers, source].join('\n'));
    const kernels = [...source.matchAll(/^KERNEL\((\d+)\) (\w+)\(([^)]*)\)/gm)].map(
      ([, threads, kernel, parameters]) => ({
        name: kernel!,
        threads: Number(threads),
        parameters: codesOf(parameters!, macros),
      }),
    );
    const targets = /targets: ([\w, ]+)$/m.exec(source)?.[1]?.split(', ');
    return [{ module: name.slice(0, -'.cu'.length), kernels, ...(targets && { targets }) }];
  });
}

/** Macros that stand for several parameters, by name. */
function parameterMacros(source: string): Map<string, string> {
  const joined = source.replaceAll(/\\\n/g, ' ');
  return new Map(
    [...joined.matchAll(/^#define (\w+_PARAMETERS)(.*)$/gm)].map(([, name, text]) => [name!, text!]),
  );
}

function codesOf(parameters: string, macros: ReadonlyMap<string, string>): string {
  const expanded = parameters.replaceAll(/\w+_PARAMETERS/g, (name) => macros.get(name) ?? name);
  return expanded
    .split(',')
    .map((parameter) => codeOf(parameter.trim()))
    .join('');
}

function codeOf(parameter: string): string {
  if (parameter.includes('*')) return 'p';
  const code = { int: 'i', u32: 'u', i64: 'l', float: 'f' }[parameter.split(' ')[0]!];
  if (code === undefined) throw new Error(`a kernel's parameter has an unknown type: ${parameter}`);
  return code;
}
