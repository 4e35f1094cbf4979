import type { TopKArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

export function topK(context: OpContext, { x, k, values, indices }: TopKArgs): void {
  const width = x.shape.at(-1)!;
  const outputs = [context.address(values), context.output(indices)];
  // A rank of 64 bits for each of the k.
  context.scratch(values.size * 8, (chosen) => {
    context.launch('topK', [x.size / width], [context.address(x), width, k, ...outputs, chosen]);
  });
}
