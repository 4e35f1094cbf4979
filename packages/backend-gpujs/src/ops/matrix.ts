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

/** out = scale · product + bias + plus. One thread to an element of the result. */
export function multiply(context: OpContext, product: Product): void {
  const { form, a, b, rows, columns, inner, scale = 1, mask, bias, plus, out } = product;
  context.launch({
    kernel: 'multiply',
    sizes: { form, inner, masked: mask !== undefined, biased: bias !== undefined, added: plus !== undefined },
    body: productBody,
    threads: [columns, rows],
    inputs: {
      a,
      b,
      scale,
      ...(mask ? { mask } : {}),
      ...(bias ? { bias } : {}),
      ...(plus ? { plus } : {}),
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

function productBody({ form, inner, masked, biased, added }: ProductSizes): string {
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
