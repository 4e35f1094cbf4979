import { checkIndices, type RopeArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

/** Rows are heads of tokens: row t·heads + h. */
export function rope(context: OpContext, { x, heads, positions, cos, sin, inverse = false }: RopeArgs): void {
  const half = cos.shape.at(-1)!;
  const known = context.knownInts(positions);
  if (known) checkIndices('rope.positions', known, cos.size / half);
  context.launch({
    kernel: 'rope',
    sizes: { half, heads },
    body: (sizes) => `
      const position = positions[0][Math.floor(this.thread.y / ${sizes.heads})];
      const here = x[this.thread.y][this.thread.x];
      if (this.thread.x < ${sizes.half}) {
        const c = cos[position][this.thread.x];
        const s = sign * sin[position][this.thread.x];
        return here * c - x[this.thread.y][this.thread.x + ${sizes.half}] * s;
      }
      const c2 = cos[position][this.thread.x - ${sizes.half}];
      const s2 = sign * sin[position][this.thread.x - ${sizes.half}];
      return here * c2 + x[this.thread.y][this.thread.x - ${sizes.half}] * s2;`,
    threads: [2 * half, positions.size * heads],
    inputs: {
      x: context.view(x, 2 * half),
      positions: context.view(positions),
      cos: context.view(cos, half),
      sin: context.view(sin, half),
      sign: inverse ? -1 : 1,
    },
    out: context.output(x),
  });
}
