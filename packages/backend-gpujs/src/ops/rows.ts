import { checkIndices, type GatherRowsArgs, type ScatterRowsArgs, type Tensor } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

export function gatherRows(context: OpContext, { table, ids, out }: GatherRowsArgs): void {
  const width = table.shape.at(-1)!;
  checkIds(context, { place: 'gatherRows.ids', ids, limit: table.size / width });
  const fours = context.fours(width);
  context.launch({
    kernel: 'gatherRows',
    sizes: {},
    body: () => 'return table[ids[0][this.thread.y]][this.thread.x];',
    threads: [fours ? width / 4 : width, ids.size],
    fours,
    inputs: { table: { ...context.view(table, width), fours }, ids: context.view(ids) },
    out: context.output(out),
  });
}

export function scatterRows(context: OpContext, args: ScatterRowsArgs): void {
  const { src, ids, dst } = args;
  const known = context.knownInts(ids);
  if (!known) {
    scatter(context, { args, op: 'scatterRows', combine: '=' });
    return;
  }
  const width = dst.shape.at(-1)!;
  const rows = dst.size / width;
  checkIndices('scatterRows.ids', known, rows);
  // The other way round: where every row of dst comes from.
  const sources = new Float32Array(rows).fill(-1);
  known.forEach((row, t) => (sources[row] = t));
  const fours = context.fours(width);
  context.constant(sources, (slot) =>
    context.launch({
      kernel: 'scatterRows by source',
      sizes: {},
      body: () => `
        const source = sources[0][this.thread.y];
        if (source < 0) { return dst[this.thread.y][this.thread.x]; }
        return src[source][this.thread.x];`,
      threads: [fours ? width / 4 : width, rows],
      fours,
      inputs: {
        src: { ...context.view(src, width), fours },
        dst: { ...context.view(dst, width), fours },
        sources: { slot, columns: rows },
      },
      out: context.output(dst),
    }),
  );
}

/** Threads own elements of dst and look through all rows in token order, so the order of a sum is fixed. */
export function scatterAddRows(context: OpContext, args: ScatterRowsArgs): void {
  scatter(context, { args, op: 'scatterAddRows', combine: '+=' });
}

interface Scatter {
  readonly args: ScatterRowsArgs;
  readonly op: string;
  readonly combine: '=' | '+=';
}

function scatter(context: OpContext, { args: { src, ids, dst }, op, combine }: Scatter): void {
  const width = dst.shape.at(-1)!;
  const rows = dst.size / width;
  checkIds(context, { place: `${op}.ids`, ids, limit: rows });
  context.launch({
    kernel: op,
    sizes: { tokens: ids.size },
    body: ({ tokens }) => `
      let value = dst[this.thread.y][this.thread.x];
      for (let t = 0; t < ${tokens}; t++) {
        if (ids[0][t] === this.thread.y) { value ${combine} src[t][this.thread.x]; }
      }
      return value;`,
    threads: [width, rows],
    steps: ids.size,
    inputs: { src: context.view(src, width), ids: context.view(ids), dst: context.view(dst, width) },
    out: context.output(dst),
  });
}

interface Ids {
  readonly place: string;
  readonly ids: Tensor;
  readonly limit: number;
}

/** Indices come from the host; those that an op made cannot be looked at. */
function checkIds(context: OpContext, { place, ids, limit }: Ids): void {
  const known = context.knownInts(ids);
  if (known) checkIndices(place, known, limit);
}
