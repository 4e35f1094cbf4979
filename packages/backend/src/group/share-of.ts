import type { ProcessGroup } from '../contract/process-group.ts';

/**
 * A process's share of a list: a contiguous part, as long as every other one's or by one longer. The shares in the order of ranks are the
 * list. Without a group it is all of it.
 */
export function shareOf<Item>(
  items: readonly Item[],
  group: Pick<ProcessGroup, 'rank' | 'size'> | undefined,
): readonly Item[] {
  if (group === undefined) return items;
  const { rank, size } = group;
  const start = (index: number): number => Math.floor((index * items.length) / size);
  return items.slice(start(rank), start(rank + 1));
}
