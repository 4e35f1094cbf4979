import { nf4Code, signedDynamicMap, type Nf4Data, type Nf4DataScales } from '@bezoar/backend';
import { BezoarError, parseOrThrow } from '@bezoar/core';
import type { Checkpoint } from '@bezoar/formats';
import { z } from 'zod';

export interface BnbWeight {
  readonly shape: readonly [number, number];
  readonly data: Nf4Data;
}

const stateSchema = z.looseObject({
  quant_type: z.string(),
  blocksize: z.number().int().positive(),
  shape: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  nested_blocksize: z.number().int().positive().optional(),
  nested_offset: z.number().optional(),
});

/**
 * A weight that bitsandbytes has quantised to 4 bits, as transformers writes it beside `<name>`: `.absmax`, `.quant_map`,
 * `.quant_state.bitsandbytes__nf4` (JSON in bytes) and, under double quantisation, `.nested_absmax` and
 * `.nested_quant_map`. Undefined when the weight is not quantised.
 * Throws BezoarError UNSUPPORTED (fp4, 8 bits, another code than NF4's), BAD_FILE.
 */
export async function readBnbWeight(checkpoint: Checkpoint, name: string): Promise<BnbWeight | undefined> {
  const state = await readState(checkpoint, name);
  if (state === undefined) return undefined;
  const count = state.shape[0] * state.shape[1];
  const packed = (await checkpoint.readRaw(name)).slice();
  requireLength(packed.length, Math.ceil(count / 2), name);
  await requireMap(checkpoint, `${name}.quant_map`, nf4Code());
  const blocks = Math.ceil(count / state.blocksize);
  const data = { count, blockSize: state.blocksize, packed };
  return {
    shape: state.shape,
    data: { ...data, scales: await readScales(checkpoint, { name, state, blocks }) },
  };
}

/** The shape of a weight that bitsandbytes has quantised: that of its tensor is one of bytes. */
export async function readBnbShape(
  checkpoint: Checkpoint,
  name: string,
): Promise<Pick<BnbWeight, 'shape'> | undefined> {
  return readState(checkpoint, name);
}

async function readState(
  checkpoint: Checkpoint,
  name: string,
): Promise<z.output<typeof stateSchema> | undefined> {
  refuseOthers(checkpoint, name);
  const stateName = `${name}.quant_state.bitsandbytes__nf4`;
  if (!checkpoint.has(stateName)) return undefined;
  return parseState(await checkpoint.readRaw(stateName), stateName);
}

interface ScalesScope {
  readonly name: string;
  readonly state: z.output<typeof stateSchema>;
  readonly blocks: number;
}

async function readScales(
  checkpoint: Checkpoint,
  { name, state, blocks }: ScalesScope,
): Promise<Nf4DataScales> {
  const absmaxName = `${name}.absmax`;
  const { nested_blocksize: nestedBlockSize, nested_offset: offset } = state;
  if (nestedBlockSize === undefined || offset === undefined) {
    const absmax = await checkpoint.readF32(absmaxName);
    requireLength(absmax.length, blocks, absmaxName);
    return { kind: 'single', absmax };
  }
  const codes = (await checkpoint.readRaw(absmaxName)).slice();
  requireLength(codes.length, blocks, absmaxName);
  const nestedAbsmax = await checkpoint.readF32(`${name}.nested_absmax`);
  requireLength(nestedAbsmax.length, Math.ceil(blocks / nestedBlockSize), `${name}.nested_absmax`);
  await requireMap(checkpoint, `${name}.nested_quant_map`, signedDynamicMap());
  return { kind: 'double', codes, nestedAbsmax, offset: Math.fround(offset), nestedBlockSize };
}

function parseState(bytes: Uint8Array, name: string): z.output<typeof stateSchema> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new BezoarError('BAD_FILE', `${name} holds no JSON.`, { cause });
  }
  return parseOrThrow(stateSchema, json, { what: name, code: 'BAD_FILE' });
}

/** Other ways of bitsandbytes, by the tensors that they leave. */
function refuseOthers(checkpoint: Checkpoint, name: string): void {
  const other = checkpoint.has(`${name}.quant_state.bitsandbytes__fp4`)
    ? 'fp4'
    : name.endsWith('.weight') && checkpoint.has(name.replace(/weight$/, 'SCB'))
      ? '8 bits'
      : undefined;
  if (other === undefined) return;
  throw new BezoarError(
    'UNSUPPORTED',
    `${name} is quantised to ${other}; of bitsandbytes' formats only nf4 is read.`,
    {
      advice: 'Take the original model: it is quantised when it is loaded.',
    },
  );
}

async function requireMap(checkpoint: Checkpoint, name: string, expected: Float32Array): Promise<void> {
  const map = await checkpoint.readF32(name);
  if (map.length !== expected.length || map.some((value, index) => value !== expected[index]))
    throw new BezoarError('UNSUPPORTED', `${name} is another code than that of bitsandbytes' NF4.`);
}

function requireLength(found: number, expected: number, name: string): void {
  if (found !== expected)
    throw new BezoarError('BAD_FILE', `${name} has ${found} entries, its quant_state asks for ${expected}.`);
}
