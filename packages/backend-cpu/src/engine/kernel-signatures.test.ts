import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernelSignatures } from './kernel-signatures.ts';

const folder = new URL('../../kernels/', import.meta.url);
const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));

/** `i`, `f` or `u` for a C parameter. */
function codeOf(parameter: string): string {
  if (parameter.includes('*') || parameter.startsWith('isize')) return 'i';
  if (parameter.startsWith('float')) return 'f';
  if (parameter.startsWith('u32')) return 'u';
  throw new Error(`unknown parameter type: ${parameter}`);
}

/** Lists of parameters that have a name. */
const macros = new Map(
  [...sources.join('\n').matchAll(/#define (\w+_PARAMETERS)([\s\S]*?[^\\])\n/g)].map(([, name, list]) => [
    name!,
    list!.replaceAll('\\', '').trim(),
  ]),
);

function signatureOf(parameters: string): string {
  const list = parameters.replace(/\w+_PARAMETERS/, (name) => macros.get(name)!).split(',');
  return list.map((parameter) => codeOf(parameter.trim())).join('');
}

describe('kernelSignatures', () => {
  it('is what the C sources declare', () => {
    const declared = sources.flatMap((source) =>
      [...source.matchAll(/^KERNEL\((bz_\w+)\)\(Pool \*pool, ([^)]*)\)/gm)].map(([, name, parameters]) => [
        name!,
        signatureOf(parameters!),
      ]),
    );
    expect(Object.fromEntries(declared)).toEqual(kernelSignatures);
  });
});
