import { instructionRowSchema } from '@bezoar/core';
import { readRowsFile } from '@bezoar/formats/node';
import { startChatServer } from '@bezoar/llm/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { demoReply, pipeline } from './main.ts';

it('generates, cleans, judges and writes; a second run makes no call', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bezoar-pipeline-'));
  const server = await startChatServer({ reply: demoReply });
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const first = await pipeline(folder, server.url);
  const requests = server.requests.length;
  expect(first.rows).toBeGreaterThan(3);
  expect(Object.keys(first.dropped).sort()).toEqual(['rejected-by-judge', 'too-short']);
  expect(first.cost).toBeGreaterThan(0);
  expect(await pipeline(folder, server.url)).toEqual(first);
  expect(server.requests).toHaveLength(requests);
  const rows = await readRowsFile(join(folder, 'data', 'train-00000-of-00001.parquet'), instructionRowSchema);
  expect(rows).toHaveLength(first.rows);
});
