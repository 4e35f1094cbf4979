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

function signatureOf(parameters: string, weight: string): string {
  const list = parameters.replace('WEIGHT_PARAMETERS', weight).split(',');
  return list.map((parameter) => codeOf(parameter.trim())).join('');
}

describe('kernelSignatures', () => {
  it('is what the C sources declare', () => {
    const weight = /#define WEIGHT_PARAMETERS([\s\S]*?[^\\])\n/
      .exec(sources.join('\n'))![1]!
      .replaceAll('\\', '');
    const declared = sources.flatMap((source) =>
      [...source.matchAll(/^KERNEL\((bz_\w+)\)\(Pool \*pool, ([^)]*)\)/gm)].map(([, name, parameters]) => [
        name!,
        signatureOf(parameters!, weight.trim()),
      ]),
    );
    expect(Object.fromEntries(declared)).toEqual(kernelSignatures);
  });
});
