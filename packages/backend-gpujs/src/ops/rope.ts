import { checkIndices, type RopeArgs } from '@bezoar/backend';
import { returnLanes } from './lanes.ts';
import type { OpContext } from './op-context.ts';

/** Rows are heads of tokens: row t·heads + h. */
export function rope(context: OpContext, { x, heads, positions, cos, sin, inverse = false }: RopeArgs): void {
  const half = cos.shape.at(-1)!;
  const known = context.knownInts(positions);
  if (known) checkIndices('rope.positions', known, cos.size / half);
  const fours = context.fours(half);
  context.launch({
    kernel: 'rope',
    sizes: { half, heads, fours },
    body: ropeBody,
    threads: [(2 * half) / (fours ? 4 : 1), positions.size * heads],
    fours,
    inputs: {
      x: { ...context.view(x, 2 * half), fours },
      positions: context.view(positions),
      cos: { ...context.view(cos, half), fours },
      sin: { ...context.view(sin, half), fours },
      sign: inverse ? -1 : 1,
    },
    out: context.output(x),
  });
}

interface RopeSizes {
  readonly half: number;
  readonly heads: number;
  readonly fours: boolean;
}

/** The other element of the pair is half a head before or behind; its sine has the opposite sign in the first half. */
function ropeBody({ half, heads, fours }: RopeSizes): string {
  const middle = fours ? half / 4 : half;
  return `
    const position = positions[0][Math.floor(this.thread.y / ${heads})];
    let other = this.thread.x - ${middle};
    let column = this.thread.x - ${middle};
    let turn = sign;
    if (this.thread.x < ${middle}) {
      other = this.thread.x + ${middle};
      column = this.thread.x;
      turn = -sign;
    }
    const here = x[this.thread.y][this.thread.x];
    const there = x[this.thread.y][other];
    const c = cos[position][column];
    const s = sin[position][column];
    ${returnLanes(fours, (lane) => `here${lane} * c${lane} + there${lane} * turn * s${lane}`)}`;
}
