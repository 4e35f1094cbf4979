import type { TopKArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

export function topK(context: OpContext, { x, k, values, indices }: TopKArgs): void {
  const width = x.shape.at(-1)!;
  const outputs = [context.address(values), context.address(indices)];
  context.run('bz_top_k', [context.address(x), x.size / width, width, k, ...outputs]);
}
