import type { Funnel } from '@bezoar/core';
import { markdownTable } from './markdown-table.ts';

/** For cards: what entered each stage, what was dropped there for which reason, and what was kept. */
export function funnelTable(funnels: readonly Funnel[]): string {
  const rows = funnels.flatMap(({ stage, input, kept, dropped }) => [
    [stage, 'entered', input],
    ...Object.entries(dropped).map(([reason, count]) => [stage, `dropped: ${reason}`, count]),
    [stage, 'kept', kept],
  ]);
  return markdownTable(['stage', 'what', 'rows'], rows);
}
