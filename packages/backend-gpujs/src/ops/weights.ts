import { BezoarError } from '@bezoar/core';
import type { Nf4Weight, Weight } from '@bezoar/backend';
import type { Slot } from '../memory/slot.ts';
import { isNf4, weightShape, type OpContext, type View } from './op-context.ts';

/** A weight as a dense matrix [out, in], for the time of `use`: NF4 is decoded into scratch memory. */
export function withDense(context: OpContext, weight: Weight, use: (dense: View) => void): void {
  const { outputs, inputs } = weightShape(weight);
  if (!isNf4(weight)) {
    use(context.view(weight, inputs));
    return;
  }
  context.scratch(outputs * inputs, (slot) => {
    decodeNf4(context, weight, slot);
    use({ slot, columns: inputs });
  });
}

/** f32 holds all integers up to here: what is computed from a flat index beyond is wrong. */
const EXACT_INTEGERS = 2 ** 24;

/** value = code[nibble] · absmax[block]. Four nibbles lie in one float, the first of a byte in its high half. */
export function decodeNf4(context: OpContext, weight: Nf4Weight, out: Slot): void {
  const [outputs, inputs] = weight.shape;
  const { blockSize, packed, scales } = weight;
  // Rows of whole floats and of whole blocks are read by row and column, others by their place in the whole.
  const aligned = inputs % 4 === 0 && inputs % blockSize === 0;
  if (!aligned && outputs * inputs > EXACT_INTEGERS) {
    throw new BezoarError(
      'UNSUPPORTED',
      `gpu.js: NF4 rows of ${inputs} values are no whole blocks of ${blockSize}`,
      {
        advice: `Such matrices may have up to ${EXACT_INTEGERS} values here; choose another backend.`,
      },
    );
  }
  const double = scales.kind === 'double';
  // A float of packed nibbles is four values of one block: read once, where four can be written at a time.
  const fours = aligned && blockSize % 4 === 0 && context.fours(inputs);
  context.launch({
    kernel: 'decodeNf4',
    sizes: { inputs, blockSize, aligned, nested: double ? scales.nestedBlockSize : 0 },
    body: fours ? decodeFoursBody : decodeBody,
    threads: [fours ? inputs / 4 : inputs, outputs],
    fours,
    inputs: {
      code: context.table('nf4Code'),
      packed: context.view(packed, aligned ? inputs / 4 : undefined),
      ...(double
        ? {
            codes: context.view(scales.codes),
            nestedAbsmax: context.view(scales.nestedAbsmax),
            map: context.table('signedMap'),
            offset: scales.offset,
          }
        : { absmax: context.view(scales.absmax, aligned ? inputs / blockSize : undefined) }),
    },
    out,
  });
}

interface DecodeSizes {
  readonly inputs: number;
  readonly blockSize: number;
  readonly aligned: boolean;
  /** Blocks to a second-level block; 0 without double quantisation. */
  readonly nested: number;
}

function decodeBody({ inputs, blockSize, aligned, nested }: DecodeSizes): string {
  return `
    const at = ${aligned ? 'this.thread.x' : `this.thread.y * ${inputs} + this.thread.x`};
    const four = Math.floor(at / 4);
    const place = at - four * 4;
    const bits = packed[${aligned ? 'this.thread.y' : '0'}][four];
    const high = Math.floor(bits / 256);
    const byte = place < 2 ? bits - high * 256 : high;
    const upper = Math.floor(byte / 16);
    const nibble = place === 0 || place === 2 ? upper : byte - upper * 16;
    const block = Math.floor(at / ${blockSize});
    ${scaleText({ inputs, blockSize, aligned, nested })}
    return code[0][nibble] * scale;`;
}

/** The four values of one float, for rows of whole blocks. */
function decodeFoursBody(sizes: DecodeSizes): string {
  return `
    const bits = packed[this.thread.y][this.thread.x];
    const high = Math.floor(bits / 256);
    const low = bits - high * 256;
    const first = Math.floor(low / 16);
    const third = Math.floor(high / 16);
    const block = Math.floor(this.thread.x / ${sizes.blockSize / 4});
    ${scaleText(sizes)}
    return [
      code[0][first] * scale,
      code[0][low - first * 16] * scale,
      code[0][third] * scale,
      code[0][high - third * 16] * scale
    ];`;
}

function scaleText(sizes: DecodeSizes): string {
  return sizes.nested > 0
    ? nestedScale(sizes)
    : `const scale = absmax[${sizes.aligned ? 'this.thread.y' : '0'}][block];`;
}

function nestedScale({ inputs, blockSize, aligned, nested }: DecodeSizes): string {
  return `
    const number = ${aligned ? `this.thread.y * ${inputs / blockSize} + block` : 'block'};
    const pair = Math.floor(number / 2);
    const codePair = codes[0][pair];
    const second = Math.floor(codePair / 256);
    const entry = number - pair * 2 === 0 ? codePair - second * 256 : second;
    const scale = Math.fround(map[0][entry] * nestedAbsmax[0][Math.floor(number / ${nested})]) + offset;`;
}
