import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

export interface StaticSite extends AsyncDisposable {
  /** Of the page, below a path of its own. */
  readonly url: string;
  /** Paths that were asked for. */
  readonly requests: readonly string[];
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** A folder as any static host serves it, below a path, with a policy for what the page may do. */
export async function serveFolder(
  folder: string,
  contentSecurityPolicy: string,
  prefix = '/below/a/path/',
): Promise<StaticSite> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(pathname);
    const name = pathname.startsWith(prefix) ? pathname.slice(prefix.length) || 'index.html' : undefined;
    const file = name === undefined ? undefined : join(folder, normalize(`/${name}`));
    const missing = (): void => {
      response.writeHead(404).end('not found');
    };
    if (file === undefined) {
      missing();
      return;
    }
    readFile(file).then(
      (bytes) =>
        response
          .writeHead(200, {
            'content-type': types[extname(file)] ?? 'application/octet-stream',
            'content-security-policy': contentSecurityPolicy,
          })
          .end(bytes),
      missing,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
