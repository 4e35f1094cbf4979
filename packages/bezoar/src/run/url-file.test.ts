import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { fetchUrlFile, parseUrlFile } from './url-file.ts';

const folder = temporaryFolder();
const text = '{"question_id":81}\n';
const sha256 = createHash('sha256').update(text).digest('hex');
let server: Server;
let requests = 0;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests++;
    response.writeHead(request.url === '/question.jsonl' ? 200 : 404).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  folder.remove();
});

it('downloads a file once, and again when somebody has changed it', async () => {
  const file = parseUrlFile(`${url}/question.jsonl#sha256=${sha256.toUpperCase()}`);
  const env = { XDG_CACHE_HOME: folder.path };
  const path = await fetchUrlFile(file, { env });
  expect(readFileSync(path, 'utf8')).toBe(text);
  expect(path.endsWith('question.jsonl')).toBe(true);
  await fetchUrlFile(file, { env });
  expect(requests).toBe(1);
  writeFileSync(path, 'other');
  expect(readFileSync(await fetchUrlFile(file, { env }), 'utf8')).toBe(text);
  expect(requests).toBe(2);
});

it('refuses another content, a missing file, and an address without a checksum', async () => {
  const options = { env: { XDG_CACHE_HOME: folder.path } };
  const other = parseUrlFile(`${url}/question.jsonl#sha256=${'0'.repeat(64)}`);
  await expect(fetchUrlFile(other, options)).rejects.toMatchObject({
    code: 'BAD_FILE',
    message: expect.stringContaining(sha256) as string,
  });
  const missing = parseUrlFile(`${url}/nothing.jsonl#sha256=${'0'.repeat(64)}`);
  await expect(fetchUrlFile(missing, options)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('HTTP 404') as string,
  });
  expect(() => parseUrlFile(`${url}/question.jsonl`)).toThrow(/no checksum/);
  expect(() => parseUrlFile(`${url}/question.jsonl#sha256=12`)).toThrow(/no checksum/);
});
