import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWasmBackend } from './create-wasm-backend.ts';
import { libraryFiles } from './library-files.ts';

let site: URL;
const server = createServer((request, response) => {
  if (request.url !== '/kernels.wasm') return void response.writeHead(404).end();
  return void readFile(libraryFiles().wasm).then((bytes) => response.end(bytes));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  site = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => server.close());

it('computes with kernels that it fetched, on one thread', async () => {
  const backend = await createWasmBackend({ kernels: new URL('kernels.wasm', site) });
  expect(backend.capabilities.description).toBe('cpu wasm simd128, f32, 1 thread');
  const x = backend.upload('f32', [1, 2], new Float32Array([1, 2]));
  const weight = backend.upload('f32', [3, 2], new Float32Array([1, 0, 0, 1, 1, 1]));
  const out = backend.alloc('f32', [1, 3]);
  backend.linear({ x, weight, out });
  expect([...(await backend.download(out))]).toEqual([1, 2, 3]);
  await backend.dispose();
});

it.each([
  ['are not there', () => new URL('nothing.wasm', site)],
  ['are no WebAssembly', () => new Uint8Array([1, 2, 3])],
])('says so when the kernels %s', async (_, kernels) => {
  await expect(createWasmBackend({ kernels: kernels() })).rejects.toMatchObject({
    code: 'BACKEND_UNAVAILABLE',
  });
});
