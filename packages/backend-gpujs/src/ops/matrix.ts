import type { Slot } from '../memory/slot.ts';
import type { OpContext, View } from './op-context.ts';

/** The three products of a linear layer: a·bᵀ, a·b and aᵀ·b. */
export type ProductForm = 'NT' | 'NN' | 'TN';

export interface Product {
  readonly form: ProductForm;
  readonly a: View;
  readonly b: View;
  /** Rows and columns of the result, and the length of the sums. */
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  /** Multiplies the product; 1 if left out. */
  readonly scale?: number;
  /** Multiplies elements of `a` (NT) or `b` (TN) before the product, and those of the result (NN): dropout. */
  readonly mask?: View;
  /** Added to every row. */
  readonly bias?: View;
  /** Added to the product. */
  readonly plus?: View;
  readonly out: Slot;
}

/**
 * out = scale · product + bias + plus. One thread to an element of the result; in textures to four of a row, which are made from
 * whole fours of both matrices: reading is what costs time there, and every value that is read is used for four.
 */
export function multiply(context: OpContext, product: Product): void {
  const { form, a, b, rows, columns, inner, scale = 1, mask, bias, plus, out } = product;
  const fours = context.fours(columns, form === 'TN' ? columns : inner);
  const four = (view: View): View => ({ ...view, fours });
  context.launch({
    kernel: 'multiply',
    sizes: {
      form,
      inner,
      fours,
      masked: mask !== undefined,
      biased: bias !== undefined,
      added: plus !== undefined,
    },
    body: fours ? foursBody : elementBody,
    threads: [fours ? columns / 4 : columns, rows],
    fours,
    steps: fours && form !== 'TN' ? inner / 4 : inner,
    inputs: {
      a: form === 'TN' ? a : four(a),
      b: four(b),
      scale,
      ...(mask ? { mask: four(mask) } : {}),
      ...(bias ? { bias: four(bias) } : {}),
      ...(plus ? { plus: four(plus) } : {}),
    },
    out,
  });
}

interface ProductSizes {
  readonly form: ProductForm;
  readonly inner: number;
  readonly masked: boolean;
  readonly biased: boolean;
  readonly added: boolean;
}

function elementBody({ form, inner, masked, biased, added }: ProductSizes): string {
  const terms: Record<ProductForm, string> = {
    NT: `a[this.thread.y][i]${masked ? ' * mask[this.thread.y][i]' : ''} * b[this.thread.x][i]`,
    NN: 'a[this.thread.y][i] * b[i][this.thread.x]',
    TN: `a[i][this.thread.y] * b[i][this.thread.x]${masked ? ' * mask[i][this.thread.x]' : ''}`,
  };
  const maskAfter = masked && form === 'NN' ? ' * mask[this.thread.y][this.thread.x]' : '';
  return `
    let sum = 0;
    for (let i = 0; i < ${inner}; i++) { sum += ${terms[form]}; }
    return scale * sum${maskAfter}${biased ? ' + bias[0][this.thread.x]' : ''}${added ? ' + plus[this.thread.y][this.thread.x]' : ''};`;
}

const lanes = [0, 1, 2, 3] as const;

function foursBody(sizes: ProductSizes): string {
  const { form, masked, biased, added } = sizes;
  const maskAfter = masked && form === 'NN';
  const results = lanes.map(
    (lane) =>
      `scale * sum${lane}${maskAfter ? ` * m[${lane}]` : ''}${biased ? ` + o[${lane}]` : ''}${added ? ` + p[${lane}]` : ''}`,
  );
  return `
    ${lanes.map((lane) => `let sum${lane} = 0;`).join(' ')}
    ${foursLoop(sizes)}
    ${maskAfter ? 'const m = mask[this.thread.y][this.thread.x];' : ''}
    ${biased ? 'const o = bias[0][this.thread.x];' : ''}
    ${added ? 'const p = plus[this.thread.y][this.thread.x];' : ''}
    return [${results.join(', ')}];`;
}

function foursLoop({ form, inner, masked }: ProductSizes): string {
  if (form === 'TN') {
    return `
      for (let i = 0; i < ${inner}; i++) {
        const u = a[i][this.thread.y];
        const v = b[i][this.thread.x];
        ${masked ? 'const m = mask[i][this.thread.x];' : ''}
        ${lanes.map((lane) => `sum${lane} += u * v[${lane}]${masked ? ` * m[${lane}]` : ''};`).join(' ')}
      }`;
  }
  // Of four rows of b: NT takes the sums over their columns, NN those over the rows.
  const row = form === 'NT' ? 'this.thread.x * 4' : 'i * 4';
  const column = form === 'NT' ? 'i' : 'this.thread.x';
  const factor = (lane: number): string =>
    masked && form === 'NT' ? `u[${lane}] * m[${lane}]` : `u[${lane}]`;
  const element = (k: number, lane: number): string => (form === 'NT' ? `v${lane}[${k}]` : `v${k}[${lane}]`);
  return `
    for (let i = 0; i < ${inner / 4}; i++) {
      const u = a[this.thread.y][i];
      ${masked && form === 'NT' ? 'const m = mask[this.thread.y][i];' : ''}
      ${lanes.map((k) => `const u${k} = ${factor(k)};`).join(' ')}
      ${lanes.map((lane) => `const v${lane} = b[${row} + ${lane}][${column}];`).join('\n')}
      ${lanes.map((lane) => `sum${lane} += ${lanes.map((k) => `u${k} * ${element(k, lane)}`).join(' + ')};`).join('\n')}
    }`;
}
