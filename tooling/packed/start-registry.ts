import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Manifest } from '../workspace/read-packages.ts';
import { readTarball } from './read-tarball.ts';

export interface RegistryOptions {
  /** Tarballs that are published when it starts. */
  readonly tarballs?: readonly string[];
  /** The registry that has every other package: requests for them are sent on to it. */
  readonly upstream: string;
}

export interface Registry {
  readonly url: string;
  /** `name@version` of what was published, in order. */
  published(): readonly string[];
  close(): Promise<void>;
}

interface Version {
  readonly manifest: Manifest;
  readonly tarball: Uint8Array;
}

/** What `npm publish` sends. */
interface Publication {
  readonly versions: Readonly<Record<string, Manifest>>;
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
}

/**
 * An npm registry on loopback: whoever installs from it gets the packages of this workspace as if they were published, and all
 * others from where they are. Takes what is published to it, from anybody.
 */
export async function startRegistry({ tarballs = [], upstream }: RegistryOptions): Promise<Registry> {
  const packages = new Map<string, Map<string, Version>>();
  const add = (version: Version): void => {
    const { name, version: number } = version.manifest;
    packages.set(name, (packages.get(name) ?? new Map<string, Version>()).set(number, version));
  };
  for (const path of tarballs) {
    const manifest = Buffer.from(readTarball(path).get('package.json')!).toString('utf8');
    add({ manifest: JSON.parse(manifest) as Manifest, tarball: readFileSync(path) });
  }

  const receive = async (request: IncomingMessage, name: string): Promise<number> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const publication = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Publication;
    const [attachment] = Object.values(publication._attachments);
    const [manifest] = Object.values(publication.versions);
    if (attachment === undefined || manifest === undefined) return 400;
    if (packages.get(name)?.has(manifest.version)) return 409;
    add({ manifest, tarball: Buffer.from(attachment.data, 'base64') });
    return 201;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://registry').pathname).slice(1);
    const [name = '', file] = path.split('/-/');
    if (request.method === 'PUT') {
      response.writeHead(await receive(request, name), { 'content-type': 'application/json' }).end('{}');
      return;
    }
    const versions = packages.get(name);
    if (!versions) {
      response.writeHead(isOwn(name) ? 404 : 302, {
        location: new URL(request.url!.slice(1), upstream).href,
      });
      response.end();
    } else if (file === undefined) {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(packument(name, versions, url)));
    } else {
      const version = versions.get(file.replace(/\.tgz$/, ''));
      response.writeHead(version ? 200 : 404).end(version?.tarball);
    }
  };

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    published: () =>
      [...packages].flatMap(([name, versions]) =>
        [...versions.keys()].map((version) => `${name}@${version}`),
      ),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Names that are ours: one that was not published is missing, whatever lies elsewhere. */
function isOwn(name: string): boolean {
  return name === 'bezoar' || name.startsWith('@bezoar/');
}

/** What a registry says of a package. */
function packument(name: string, versions: ReadonlyMap<string, Version>, url: string): object {
  const entries = [...versions].map(([number, { manifest, tarball }]) => {
    const dist = {
      tarball: `${url}${name}/-/${number}.tgz`,
      integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
      shasum: createHash('sha1').update(tarball).digest('hex'),
    };
    return [number, { ...manifest, dist }] as const;
  });
  const latest = [...versions.keys()].at(-1);
  return { name, 'dist-tags': { latest }, versions: Object.fromEntries(entries) };
}
