import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../__fixtures__/read-safetensors.ts';
import { createReferenceBackend } from '../reference/create-reference-backend.ts';
import { nf4Code } from './code.ts';
import { dequantizeNf4, dequantizeScales } from './dequantize-nf4.ts';
import { signedDynamicMap } from './dynamic-map.ts';
import { type Nf4Data, quantizeNf4 } from './quantize-nf4.ts';

/** The fields of case.json that the test reads; the tolerances there are words, and stand here as numbers. */
interface GoldenCase {
  readonly double_quant: boolean;
  readonly blocksize: number;
  readonly nested_blocksize: number | null;
  readonly nf4_code: readonly number[];
  readonly shapes: {
    readonly 'weight.safetensors': { readonly weight: readonly [string, readonly [number, number]] };
  };
}

const goldenDir = process.env['BEZOAR_GOLDEN_DIR'] ?? '';
const folder = join(goldenDir, 'nf4');
const names = goldenDir === '' || !existsSync(folder) ? [] : readdirSync(folder).sort();

describe('golden nf4', () => {
  if (names.length === 0) it.skip('needs nf4 cases under BEZOAR_GOLDEN_DIR', () => undefined);

  describe.each(names)('%s', (name) => {
    const load = (): {
      golden: GoldenCase;
      weight: Float32Array<ArrayBuffer>;
      expected: ReturnType<typeof readSafetensors>;
    } => ({
      golden: JSON.parse(readFileSync(join(folder, name, 'case.json'), 'utf8')) as GoldenCase,
      weight: readSafetensors(join(folder, name, 'weight.safetensors'))[
        'weight'
      ] as Float32Array<ArrayBuffer>,
      expected: readSafetensors(join(folder, name, 'expected.safetensors')),
    });

    it('quantizeNf4 and dequantizeNf4', () => {
      const { golden, weight, expected } = load();
      expect(Array.from(nf4Code())).toEqual(golden.nf4_code.map(Math.fround));
      const data = quantizeNf4(weight, { blockSize: golden.blocksize, doubleQuant: golden.double_quant });
      expectParts(data, expected);
      expectDequantised(dequantizeNf4(data), { expected, weight, golden });
    });

    it('nf4Quantize and nf4Dequantize of the reference backend', async () => {
      const { golden, weight, expected } = load();
      const shape = golden.shapes['weight.safetensors'].weight[1];
      const backend = createReferenceBackend();
      const dense = backend.upload('f32', shape, weight);
      const quantised = backend.nf4Quantize({
        weight: dense,
        blockSize: golden.blocksize,
        doubleQuant: golden.double_quant,
      });
      const { scales } = quantised;
      expectParts(
        {
          count: weight.length,
          blockSize: quantised.blockSize,
          packed: await backend.download(quantised.packed),
          scales:
            scales.kind === 'single'
              ? { kind: 'single', absmax: await backend.download(scales.absmax) }
              : {
                  ...scales,
                  codes: await backend.download(scales.codes),
                  nestedAbsmax: await backend.download(scales.nestedAbsmax),
                },
        },
        expected,
      );
      const out = backend.alloc('f32', shape);
      backend.nf4Dequantize({ weight: quantised, out });
      expectDequantised(await backend.download(out), { expected, weight, golden });
    });
  });
});

type Arrays = ReturnType<typeof readSafetensors>;

function expectParts(data: Nf4Data, expected: Arrays): void {
  expect(data.packed).toEqual(expected['packed']);
  const { scales } = data;
  if (scales.kind === 'single') {
    expect(scales.absmax).toEqual(expected['absmax']);
    return;
  }
  expect(signedDynamicMap()).toEqual(expected['nested_code']);
  const offset = expected['offset']![0]!;
  expect(Math.abs(scales.offset - offset)).toBeLessThanOrEqual(1e-6 * Math.abs(offset));
  const nested = expected['nested_absmax']!;
  expect(scales.nestedAbsmax.length).toBe(nested.length);
  scales.nestedAbsmax.forEach((value, i) => {
    expect(Math.abs(value - nested[i]!)).toBeLessThanOrEqual(Math.max(1e-6 * Math.abs(nested[i]!), 1e-30));
  });
  const codes = expected['absmax_u8']!;
  expect(scales.codes.length).toBe(codes.length);
  const moved = scales.codes.filter((code, i) => code !== codes[i]);
  expect(moved.length).toBeLessThanOrEqual(0.005 * codes.length);
  expect(scales.codes.every((code, i) => Math.abs(code - codes[i]!) <= 1)).toBe(true);
  const absmax = dequantizeScales(scales);
  const wanted = expected['absmax_dequant']!;
  const greatest = Math.max(...wanted);
  absmax.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(1e-6 * greatest));
}

function expectDequantised(
  values: Float32Array,
  { expected, weight, golden }: { expected: Arrays; weight: Float32Array; golden: GoldenCase },
): void {
  const wanted = expected['dequant']!;
  const allowed = (golden.double_quant ? 1e-5 : 1e-6) * Math.max(...weight.map(Math.abs));
  expect(values.length).toBe(wanted.length);
  values.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(allowed));
}
