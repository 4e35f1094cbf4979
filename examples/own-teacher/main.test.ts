import { expect, it } from 'vitest';
import { main } from './main.ts';

it('evolves, answers and filters', async () => {
  const { kept, dropped } = await main();
  expect(kept).toHaveLength(2);
  expect(kept[0]).toMatch(/^What is 1 plus 2 plus \d\? It is \d+\.$/);
  expect(dropped).toEqual({ 'rejected-by-judge': 2 });
});
