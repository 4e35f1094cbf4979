import type { GatherRowsArgs, ScatterRowsArgs } from '../contract/ops.ts';
import { matrixSize, requireDistinct, requireF32, requireI32, requireTensor } from './require.ts';

export function checkGatherRows({ table, ids, out }: GatherRowsArgs): void {
  requireTensor('gatherRows.table', table, { dtypes: ['f32', 'bf16'] });
  requireI32('gatherRows.ids', ids);
  requireF32('gatherRows.out', out, ids.size * matrixSize('gatherRows.table', table).columns);
  requireDistinct('gatherRows', { out }, { table });
}

export function checkScatterRows(args: ScatterRowsArgs): void {
  checkScatter('scatterRows', args);
}

export function checkScatterAddRows(args: ScatterRowsArgs): void {
  checkScatter('scatterAddRows', args);
}

function checkScatter(op: string, { src, ids, dst }: ScatterRowsArgs): void {
  requireF32(`${op}.dst`, dst);
  requireI32(`${op}.ids`, ids);
  requireF32(`${op}.src`, src, ids.size * matrixSize(`${op}.dst`, dst).columns);
  requireDistinct(op, { dst }, { src });
}
