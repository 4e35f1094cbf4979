import { createRng } from '@bezoar/core';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach } from 'vitest';
import type { PublishFolderOptions } from '../publish/plan-publish.ts';
import { startHubServer, type HubServer, type HubServerFault, type HubServerOptions, type HubServerRequest } from '../testing.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What every test of publishing has: a Hub of its own without repositories, and a folder with a small, a large and an empty file. */
export interface PublishSetup {
  server: HubServer;
  folder: string;
  /** All pauses between tries, which last no time. */
  pauses: number[];
  fault: (request: HubServerRequest) => HubServerFault | undefined;
  /** In place of the server that is there. */
  restart: (options: Partial<HubServerOptions>) => Promise<void>;
  /** A file of the folder. */
  write: (path: string, content: string | Uint8Array) => void;
  /** Publishes the folder as the model `org/tiny`. */
  options: (own?: Partial<PublishFolderOptions>) => PublishFolderOptions;
  /** Requests that write, as `POST /path`. */
  written: () => string[];
  /** Titles of the model's commits. */
  history: () => readonly string[];
  /** The first requests that fit fail, one after the other. */
  failing: (
    fits: (request: HubServerRequest) => boolean,
    ...faults: (HubServerFault | undefined)[]
  ) => void;
}

export const repo = { type: 'model', name: 'org/tiny' } as const;
export const token = 'hf_secret_of_a_test';
const rng = createRng('weights');
export const weights: Buffer = Buffer.from(Uint8Array.from({ length: 700_000 }, () => rng.int(256)));

export function isWrite({ method }: HubServerRequest): boolean {
  return method === 'POST' || method === 'PUT';
}

export function isCommit({ path }: HubServerRequest): boolean {
  return path.includes('/commit/');
}

export function publishSetup(): PublishSetup {
  const at = temporaryFolder();
  let runs = 0;
  const start = (options: Partial<HubServerOptions> = {}): Promise<HubServer> =>
    startHubServer({
      token,
      readToken: 'hf_reads_only',
      repos: [],
      fault: (request) => setup.fault(request),
      ...options,
    });
  const setup: PublishSetup = {
    server: undefined as unknown as HubServer,
    folder: '',
    pauses: [],
    fault: () => undefined,
    async restart(options) {
      await setup.server.close();
      setup.server = await start(options);
    },
    write: (path, content) => writeFileSync(`${setup.folder}/${path}`, content),
    options: (own) => ({
      ...{ repo, folder: setup.folder, message: 'First version' },
      ...{ endpoint: setup.server.url, token, cacheDir: at('cache') },
      rng: createRng('jitter'),
      sleep: (milliseconds) => {
        setup.pauses.push(milliseconds);
        return Promise.resolve();
      },
      ...own,
    }),
    written: () =>
      setup.server.requests.filter(isWrite).map(({ method, path }) => `${method} ${path.split('?')[0]!}`),
    history: () => setup.server.look('model', 'org/tiny')?.history ?? [],
    failing(fits, ...faults) {
      setup.fault = (request) => (fits(request) ? faults.shift() : undefined);
    },
  };
  beforeEach(async () => {
    Object.assign(setup, { fault: () => undefined, pauses: [], folder: at(`folder-${runs++}`) });
    mkdirSync(`${setup.folder}/data`, { recursive: true });
    setup.write('adapter_config.json', '{"r":16}');
    setup.write('adapter_model.safetensors', weights);
    setup.write('data/empty.bin', '');
    setup.server = await start();
  });
  afterEach(() => setup.server.close());
  return setup;
}
