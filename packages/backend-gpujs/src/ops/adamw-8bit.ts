import type { AdamW8bitArgs, Tensor } from '@bezoar/backend';
import type { Slot } from '../memory/slot.ts';
import { moveParameter, namedCoefficients } from './adamw.ts';
import type { OpContext, View } from './op-context.ts';

/** Values to a block. */
const BLOCK = 256;

export function adamW8bit(context: OpContext, args: AdamW8bitArgs): void {
  const { param, grad, mCodes, mAbsmax, vCodes, vAbsmax, ...numbers } = args;
  const { beta1, rest1, beta2, rest2, gradScale, ...step } = namedCoefficients(numbers);
  const { fround } = Math;
  const size = param.size;
  const gradient = { grad: context.view(grad), gradScale: fround(gradScale) };
  context.scratch(size, (m) =>
    context.scratch(size, (v) => {
      updateMoment(context, {
        map: context.table('signedMap'),
        ...momentViews(context, mCodes, mAbsmax),
        ...gradient,
        beta: fround(beta1),
        rest: fround(rest1),
        squared: false,
        out: m,
      });
      updateMoment(context, {
        map: context.table('unsignedMap'),
        ...momentViews(context, vCodes, vAbsmax),
        ...gradient,
        beta: fround(beta2),
        rest: fround(rest2),
        squared: true,
        out: v,
      });
      moveParameter(context, { param, m, v, step });
      encode(context, { values: m, codes: mCodes, absmax: mAbsmax, signed: true });
      encode(context, { values: v, codes: vCodes, absmax: vAbsmax, signed: false });
    }),
  );
}

function momentViews(context: OpContext, codes: Tensor, absmax: Tensor): { codes: View; absmax: View } {
  return { codes: context.view(codes), absmax: context.view(absmax) };
}

interface MomentUpdate {
  readonly map: View;
  readonly codes: View;
  readonly absmax: View;
  readonly grad: View;
  readonly gradScale: number;
  readonly beta: number;
  readonly rest: number;
  readonly squared: boolean;
  readonly out: Slot;
}

/** moment ← β · map[code] · absmax + (1 − β) · g or g². Every step rounds to f32. */
function updateMoment(context: OpContext, { squared, out, ...inputs }: MomentUpdate): void {
  context.launch({
    kernel: 'adamW8bit moment',
    sizes: { squared },
    body: (sizes) => `
      const pair = Math.floor(this.thread.x / 2);
      const both = codes[0][pair];
      const second = Math.floor(both / 256);
      const code = this.thread.x - pair * 2 === 0 ? both - second * 256 : second;
      const old = Math.fround(map[0][code] * absmax[0][Math.floor(this.thread.x / ${BLOCK})]);
      const g = Math.fround(grad[0][this.thread.x] * gradScale);
      const part = Math.fround(rest * g);
      const added = ${sizes.squared ? 'Math.fround(part * g)' : 'part'};
      return Math.fround(beta * old) + added;`,
    threads: [out.size],
    inputs,
    out,
  });
}

interface Encoding {
  readonly values: Slot;
  readonly codes: Tensor;
  readonly absmax: Tensor;
  readonly signed: boolean;
}

function encode(context: OpContext, { values, codes, absmax, signed }: Encoding): void {
  const view: View = { slot: values, columns: values.size };
  const sizes = { count: values.size, signed };
  context.launch({
    kernel: 'adamW8bit absmax',
    sizes,
    body: ({ count }) => `
      let greatest = 0;
      for (let i = 0; i < ${BLOCK}; i++) {
        if (this.thread.x * ${BLOCK} + i < ${count}) {
          greatest = Math.max(greatest, Math.abs(values[0][this.thread.x * ${BLOCK} + i]));
        }
      }
      return greatest;`,
    threads: [absmax.size],
    inputs: { values: view },
    out: context.output(absmax),
  });
  context.launch({
    kernel: 'adamW8bit codes',
    sizes,
    body: codesBody,
    threads: [Math.ceil(values.size / 2)],
    inputs: {
      values: view,
      absmax: context.view(absmax),
      midpoints: context.table(signed ? 'signedMidpoints' : 'unsignedMidpoints'),
    },
    out: context.output(codes),
  });
}

/** Place of 0 in the signed map; in the unsigned one it is the first. */
const SIGNED_ZERO = 127;

/**
 * Two codes to a thread. The code counts the midpoints below the value, by bisection: of two entries equally near, the smaller
 * magnitude wins, so that below 0 a midpoint that is met counts too. A negative value never gets the code of 0.
 */
function codesBody({ count, signed }: { readonly count: number; readonly signed: boolean }): string {
  return `
    let both = 0;
    let factor = 1;
    for (let lane = 0; lane < 2; lane++) {
      if (this.thread.x * 2 + lane < ${count}) {
        const largest = absmax[0][Math.floor((this.thread.x * 2 + lane) / ${BLOCK})];
        let scaled = 0;
        if (largest > 0) { scaled = Math.fround(values[0][this.thread.x * 2 + lane] / largest); }
        let low = 0;
        let high = 255;
        for (let step = 0; step < 8; step++) {
          if (low < high) {
            const middle = Math.floor((low + high) / 2);
            const midpoint = midpoints[0][middle];
            if (scaled > midpoint || (scaled < 0 && scaled === midpoint)) { low = middle + 1; } else { high = middle; }
          }
        }
        ${signed ? `if (scaled < 0 && low === ${SIGNED_ZERO}) { low = ${SIGNED_ZERO - 1}; }` : ''}
        both += low * factor;
      }
      factor = 256;
    }
    return both;`;
}
