import type { TopKArgs } from '../contract/ops.ts';
import { failAt, matrixSize, requireCount, requireDistinct, requireF32, requireI32 } from './require.ts';

export function checkTopK({ x, k, values, indices }: TopKArgs): void {
  requireF32('topK.x', x);
  requireCount('topK.k', k, 1);
  const { rows, columns } = matrixSize('topK.x', x);
  if (k > columns) failAt('topK.k', String(k), `at most the ${columns} columns of x`);
  requireF32('topK.values', values, rows * k);
  requireI32('topK.indices', indices, rows * k);
  requireDistinct('topK', { values, indices }, { x });
}
