import { openAsBlob, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { resolveSettings } from '../settings/resolve-settings.ts';
import { putBlob } from './put-blob.ts';

const at = temporaryFolder();
const size = 150_000_000;

it('sends a file from the disk without keeping it in memory', async () => {
  let length: string | undefined;
  const server = createServer((incoming, outgoing) => {
    length = incoming.headers['content-length'];
    incoming.resume().on('end', () => outgoing.setHeader('etag', '"x"').end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(at('sparse'), '');
  truncateSync(at('sparse'), size);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const result = await putBlob(
    {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      blob: await openAsBlob(at('sparse')),
      headers: {},
      subject: { repo: { type: 'model', name: 'org/tiny' }, revision: 'main', file: 'sparse', writes: true },
      onBytes: () => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)),
    },
    await resolveSettings({}),
  );
  server.close();
  expect(result).toEqual({ value: '"x"' });
  expect(length).toBe(String(size));
  expect(most).toBeLessThan(size / 2);
});
