import { createReferenceBackend, nf4Code, quantizeNf4, signedDynamicMap } from '@bezoar/backend';
import { memoryFolder, openCheckpoint, writeSafetensors, type TensorSource } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import { randomTokens, tinyModel } from '../__fixtures__/tiny-model.ts';
import { scoreTokens } from '../generate/score-tokens.ts';
import { loadModel, type WeightFormat } from '../load-model.ts';
import { saveModel } from '../save-model.ts';

type Files = Map<string, Uint8Array>;

/** A model folder, dense, and the same as transformers saves it after bitsandbytes has quantised its linear layers. */
async function folders(doubleQuant: boolean): Promise<{ dense: Files; quantised: Files }> {
  const dense: Files = new Map();
  await saveModel({ model: tinyModel(createReferenceBackend()), sink: memoryFolder(dense) });
  const checkpoint = await openCheckpoint(memoryFolder(dense));
  const tensors: TensorSource[] = [];
  const add = (
    name: string,
    data: Float32Array | Uint8Array,
    shape: readonly number[] = [data.length],
  ): void => {
    tensors.push({
      name,
      shape,
      dtype: data instanceof Uint8Array ? 'U8' : 'F32',
      data: () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    });
  };
  for (const name of checkpoint.names) {
    const values = await checkpoint.readF32(name);
    const { shape } = checkpoint.info(name);
    if (!/proj\.weight$/.test(name)) {
      add(name, values, shape);
      continue;
    }
    const { packed, scales, blockSize } = quantizeNf4(values, { doubleQuant });
    const state: Record<string, unknown> = {
      quant_type: 'nf4',
      blocksize: blockSize,
      dtype: 'bfloat16',
      shape,
    };
    add(name, packed, [packed.length, 1]);
    add(`${name}.quant_map`, nf4Code());
    if (scales.kind === 'single') add(`${name}.absmax`, scales.absmax);
    else {
      add(`${name}.absmax`, scales.codes);
      add(`${name}.nested_absmax`, scales.nestedAbsmax);
      add(`${name}.nested_quant_map`, signedDynamicMap());
      const { nestedBlockSize: nested_blocksize, offset: nested_offset } = scales;
      Object.assign(state, { nested_blocksize, nested_dtype: 'float32', nested_offset });
    }
    const json = new TextEncoder().encode(JSON.stringify(state));
    add(`${name}.quant_state.bitsandbytes__nf4`, json);
  }
  const quantised: Files = new Map([['config.json', dense.get('config.json')!]]);
  await writeSafetensors(memoryFolder(quantised), 'model.safetensors', { tensors });
  return { dense, quantised };
}

async function logProbs(files: Files, weights: WeightFormat): Promise<number[]> {
  const model = await loadModel({ folder: memoryFolder(files), backend: createReferenceBackend(), weights });
  const [result] = await scoreTokens(model, [{ tokens: randomTokens(12, 1), from: 1 }]);
  return [...result!.logProbs];
}

/** The file with one tensor's bytes or name changed. */
function damaged(files: Files, change: (text: string) => string): Files {
  const text = Buffer.from(files.get('model.safetensors')!).toString('latin1');
  const bytes = new Uint8Array(Buffer.from(change(text), 'latin1'));
  return new Map([...files, ['model.safetensors', bytes]]);
}

describe('a checkpoint that bitsandbytes has quantised', () => {
  it.each([
    [false, 'nf4'],
    [true, 'nf4-dq'],
  ] as const)(
    'is the model that is quantised here, bit for bit (double quantisation: %s)',
    async (double, format) => {
      const { dense, quantised } = await folders(double);
      const expected = await logProbs(dense, format);
      // The stored scales count, whichever kind is asked for.
      for (const asked of ['nf4', 'nf4-dq'] as const)
        expect(await logProbs(quantised, asked)).toEqual(expected);
      const opened = await logProbs(quantised, 'f32');
      opened.forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 4));
      expect(opened).not.toEqual(await logProbs(dense, 'f32'));
    },
  );

  it.each([
    ['fp4', 'bitsandbytes__nf4', 'bitsandbytes__fp4', 'UNSUPPORTED', /quantised to fp4/],
    ['a state that is no JSON', '{"quant_type"', '["quant_type"', 'BAD_FILE', /holds no JSON/],
    ['a state with another block size', '"blocksize":64', '"blocksize":32', 'BAD_FILE', /absmax has/],
  ])('with %s is refused by name', async (...[, from, to, code, message]) => {
    const { quantised } = await folders(false);
    const backend = createReferenceBackend();
    const folder = memoryFolder(damaged(quantised, (text) => text.replaceAll(from, to)));
    await expect(loadModel({ folder, backend, weights: 'nf4' })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(backend.memory().live).toBe(0);
  });
});
