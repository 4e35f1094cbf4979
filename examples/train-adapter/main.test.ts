import { memoryFolder, readAdapterFolder } from '@bezoar/formats';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { main } from './main.ts';

it('lowers the loss and writes an adapter that loads', async () => {
  const sink = memoryFolder(new Map());
  const losses = await main(join(import.meta.dirname, '../../recipes/quickstart/model'), sink);
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
  const { config, modules } = await readAdapterFolder(sink);
  expect(config.r).toBe(8);
  expect(modules.size).toBe(20);
});
