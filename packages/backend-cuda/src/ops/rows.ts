import { checkIndices, type GatherRowsArgs, type ScatterRowsArgs } from '@bezoar/backend';
import { gridOver, type OpContext } from './op-context.ts';

export function gatherRows(context: OpContext, { table, ids, out }: GatherRowsArgs): void {
  const width = table.shape.at(-1)!;
  checkIndices('gatherRows.ids', context.readI32(ids), table.size / width);
  const kernel = table.dtype === 'bf16' ? 'gatherRowsBf16' : 'gatherRows';
  const pointers = [table, ids, out].map((tensor) => context.address(tensor));
  context.launch(kernel, gridOver(context, out.size), [...pointers, ids.size, width]);
}

export function scatterRows(context: OpContext, { src, ids, dst }: ScatterRowsArgs): void {
  const width = dst.shape.at(-1)!;
  checkIndices('scatterRows.ids', context.readI32(ids), dst.size / width);
  const pointers = [src, ids, dst].map((tensor) => context.address(tensor));
  context.launch('scatterRows', gridOver(context, src.size), [...pointers, ids.size, width]);
}

export function scatterAddRows(context: OpContext, { src, ids, dst }: ScatterRowsArgs): void {
  const width = dst.shape.at(-1)!;
  checkIndices('scatterAddRows.ids', context.readI32(ids), dst.size / width);
  const pointers = [src, ids, dst].map((tensor) => context.address(tensor));
  context.launch('scatterAddRows', gridOver(context, width, 64), [...pointers, ids.size, width]);
}
