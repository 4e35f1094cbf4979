import { checkIndices, type GatherRowsArgs, type ScatterRowsArgs } from '@bezoar/backend';
import { formatOf, type OpContext } from './op-context.ts';

export function gatherRows(context: OpContext, { table, ids, out }: GatherRowsArgs): void {
  const width = table.shape.at(-1)!;
  checkIndices('gatherRows.ids', context.readI32(ids), table.size / width);
  const addresses = [context.address(ids), context.address(out)];
  context.run('bz_gather_rows', [context.address(table), formatOf(table), ...addresses, ids.size, width]);
}

export function scatterRows(context: OpContext, args: ScatterRowsArgs): void {
  scatter(context, 'scatterRows', args);
}

export function scatterAddRows(context: OpContext, args: ScatterRowsArgs): void {
  scatter(context, 'scatterAddRows', args);
}

const kernels = { scatterRows: 'bz_scatter_rows', scatterAddRows: 'bz_scatter_add_rows' } as const;

function scatter(context: OpContext, op: keyof typeof kernels, { src, ids, dst }: ScatterRowsArgs): void {
  const width = dst.shape.at(-1)!;
  checkIndices(`${op}.ids`, context.readI32(ids), dst.size / width);
  const addresses = [src, ids, dst].map((tensor) => context.address(tensor));
  context.run(kernels[op], [...addresses, ids.size, width]);
}
