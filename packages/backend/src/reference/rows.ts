import { checkIndices } from '../checks/check-values.ts';
import type { GatherRowsArgs, ScatterRowsArgs } from '../contract/ops.ts';
import type { HostMemory } from './host-memory.ts';

export function gatherRows(memory: HostMemory, args: GatherRowsArgs): void {
  const table = memory.floats(args.table);
  const ids = memory.i32(args.ids);
  const out = memory.f32(args.out);
  const width = args.table.shape.at(-1)!;
  checkIndices('gatherRows.ids', ids, args.table.size / width);
  for (let t = 0; t < ids.length; t++) {
    for (let i = 0; i < width; i++) out[t * width + i] = table[ids[t]! * width + i]!;
  }
}

export function scatterRows(memory: HostMemory, args: ScatterRowsArgs): void {
  scatter(memory, { args, op: 'scatterRows', combine: (_old, added) => added });
}

export function scatterAddRows(memory: HostMemory, args: ScatterRowsArgs): void {
  scatter(memory, { args, op: 'scatterAddRows', combine: (old, added) => old + added });
}

interface Scatter {
  readonly args: ScatterRowsArgs;
  readonly op: string;
  readonly combine: (old: number, added: number) => number;
}

function scatter(memory: HostMemory, { args, op, combine }: Scatter): void {
  const src = memory.f32(args.src);
  const ids = memory.i32(args.ids);
  const dst = memory.f32(args.dst);
  const width = args.dst.shape.at(-1)!;
  checkIndices(`${op}.ids`, ids, dst.length / width);
  for (let t = 0; t < ids.length; t++) {
    for (let i = 0; i < width; i++) {
      const at = ids[t]! * width + i;
      dst[at] = combine(dst[at]!, src[t * width + i]!);
    }
  }
}
