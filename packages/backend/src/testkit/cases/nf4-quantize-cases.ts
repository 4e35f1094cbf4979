import type { Rng } from '@bezoar/core';
import type { Backend } from '../../contract/backend.ts';
import type { Nf4Weight } from '../../contract/tensor.ts';
import { type Nf4Data, quantizeNf4 } from '../../nf4/quantize-nf4.ts';
import { codeOf } from '../check-misuse.ts';
import { disagreement } from '../compare.ts';
import { noise } from '../host-tensor.ts';
import { downloadNumbers } from '../scratch.ts';
import type { SpecialCase } from '../special-cases.ts';

interface Variant {
  readonly shape: readonly [number, number];
  readonly blockSize: number;
  readonly doubleQuant: boolean;
  /** Sets a whole block to zero. */
  readonly zeros?: boolean;
}

const variants: readonly Variant[] = [
  { shape: [1, 1], blockSize: 64, doubleQuant: false },
  { shape: [1, 64], blockSize: 64, doubleQuant: false },
  { shape: [3, 7], blockSize: 64, doubleQuant: true },
  { shape: [10, 70], blockSize: 64, doubleQuant: true },
  { shape: [10, 70], blockSize: 32, doubleQuant: false },
  { shape: [4, 64], blockSize: 64, doubleQuant: false, zeros: true },
  { shape: [160, 160], blockSize: 64, doubleQuant: true },
];

/** The packed bytes and the scales must be those of `quantizeNf4`, bit for bit; it is pinned by bitsandbytes' own output. */
export function nf4QuantizeCases(): SpecialCase[] {
  const quantise = variants.map((variant): SpecialCase => {
    const { shape, blockSize, doubleQuant, zeros = false } = variant;
    return {
      ops: ['nf4Quantize'],
      name: `${shape.join('×')}, blocks of ${blockSize}${doubleQuant ? ', double' : ''}${zeros ? ', an all-zero block' : ''}`,
      run: (backend, rng) => quantizeCase(backend, { rng, variant }),
    };
  });
  return [
    ...quantise,
    { ops: ['nf4Quantize'], name: 'refuses what is no f32 matrix and odd block sizes', run: refusals },
  ];
}

async function quantizeCase(
  backend: Backend,
  { rng, variant }: { rng: Rng; variant: Variant },
): Promise<string | undefined> {
  const { shape, blockSize, doubleQuant, zeros } = variant;
  const before = backend.memory();
  const values = noise(rng, shape, 0.05).data as Float32Array<ArrayBuffer>;
  if (zeros) values.fill(0, blockSize, 2 * blockSize);
  const dense = backend.upload('f32', shape, values);
  const weight = backend.nf4Quantize({ weight: dense, blockSize, doubleQuant });
  dense.dispose();
  const wrong = await compareParts(backend, {
    weight,
    expected: quantizeNf4(values, { blockSize, doubleQuant }),
  });
  weight.dispose();
  if (wrong !== undefined) return wrong;
  const leaked = backend.memory().live - before.live;
  return leaked === 0 ? undefined : `${leaked} bytes were left after both were disposed`;
}

interface Comparison {
  readonly weight: Nf4Weight;
  readonly expected: Nf4Data;
}

async function compareParts(backend: Backend, { weight, expected }: Comparison): Promise<string | undefined> {
  if (weight.shape[0] * weight.shape[1] !== expected.count)
    return `the shape is [${weight.shape.join(', ')}]`;
  if (weight.blockSize !== expected.blockSize) return `blockSize is ${weight.blockSize}`;
  const packed = disagreement(await downloadNumbers(backend, weight.packed), expected.packed, 0);
  if (packed) return `packed: ${packed}`;
  const { scales } = weight;
  if (scales.kind === 'single' && expected.scales.kind === 'single') {
    const absmax = disagreement(await downloadNumbers(backend, scales.absmax), expected.scales.absmax, 0);
    return absmax && `absmax: ${absmax}`;
  }
  if (scales.kind !== 'double' || expected.scales.kind !== 'double') return `scales are ${scales.kind}`;
  // The mean may be summed in another order, which can move a code by one.
  const offset = disagreement([scales.offset], [expected.scales.offset], 1e-6);
  if (offset) return `offset: ${offset}`;
  const nested = disagreement(
    await downloadNumbers(backend, scales.nestedAbsmax),
    expected.scales.nestedAbsmax,
    1e-5,
  );
  if (nested) return `nestedAbsmax: ${nested}`;
  const codes = await downloadNumbers(backend, scales.codes);
  const wanted = expected.scales.codes;
  const moved = codes.reduce(
    (count, code, i) => count + (code === wanted[i] ? 0 : Math.abs(code - wanted[i]!) === 1 ? 1 : Infinity),
    0,
  );
  return moved <= Math.ceil(0.005 * wanted.length)
    ? undefined
    : `codes: ${moved} of ${wanted.length} are not those expected`;
}

function refusals(backend: Backend): Promise<string | undefined> {
  const matrix = backend.alloc('f32', [2, 64]);
  const bytes = backend.alloc('u8', [2, 64]);
  const vector = backend.alloc('f32', [128]);
  const gone = backend.alloc('f32', [2, 64]);
  gone.dispose();
  const calls: [string, string, () => unknown][] = [
    ['a vector', 'BAD_INPUT', () => backend.nf4Quantize({ weight: vector })],
    ['u8', 'BAD_INPUT', () => backend.nf4Quantize({ weight: bytes })],
    ['blocks of 48', 'BAD_INPUT', () => backend.nf4Quantize({ weight: matrix, blockSize: 48 })],
    ['a disposed matrix', 'DISPOSED', () => backend.nf4Quantize({ weight: gone })],
  ];
  const wrong = calls.map(([name, code, call]) => {
    try {
      call();
      return `${name}: nothing thrown instead of ${code}`;
    } catch (error) {
      return codeOf(error) === code ? undefined : `${name}: ${codeOf(error)} instead of ${code}`;
    }
  });
  for (const tensor of [matrix, bytes, vector]) tensor.dispose();
  return Promise.resolve(wrong.find((message) => message !== undefined));
}
