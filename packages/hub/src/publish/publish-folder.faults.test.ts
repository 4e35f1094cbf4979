import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { startHubServer, type HubServer, type HubServerFault, type HubServerRequest } from '../testing.ts';

const at = temporaryFolder();
const token = 'hf_secret_of_a_test';
const script = fileURLToPath(new URL('../__fixtures__/publish-folder.ts', import.meta.url));
const weights = new Uint8Array(2_000_000).fill(7);

let server: HubServer;
afterEach(() => server.close());

interface Publishing {
  kill(): void;
  /** What it printed. */
  readonly ended: Promise<string>;
}

function startPublishing(folder: string): Publishing {
  const child = spawn(process.execPath, ['--conditions=@bezoar/source', script, 'org/tiny', folder], {
    env: { PATH: process.env['PATH'], HF_ENDPOINT: server.url, HF_TOKEN: token, HF_HOME: at('home') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  return {
    kill: () => child.kill('SIGKILL'),
    ended: new Promise((resolve) => child.on('close', () => resolve(printed))),
  };
}

const places: readonly (readonly [string, (request: HubServerRequest) => boolean, HubServerFault])[] = [
  ['in the middle of an upload', ({ host }) => host === 'storage', { upTo: 500_000, then: 'silence' }],
  ['before the commit arrives', ({ path }) => path.includes('/commit/'), { upTo: 10, then: 'silence' }],
  ['before the answer to its commit', ({ path }) => path.includes('/commit/'), { after: 1, then: 'silence' }],
];

it.each(places)(
  'a publish that is killed %s goes on from there',
  { timeout: 60_000 },
  async (where, fits, fault) => {
    const folder = at(where);
    mkdirSync(folder);
    writeFileSync(`${folder}/config.json`, '{}');
    writeFileSync(`${folder}/a.safetensors`, weights);
    let hung: HubServerRequest | undefined;
    server = await startHubServer({
      token,
      repos: [],
      fault(request) {
        if (hung !== undefined || !fits(request)) return undefined;
        hung = request;
        return fault;
      },
    });
    const killed = startPublishing(folder);
    const isThere = (): boolean =>
      hung !== undefined && ('after' in (fault as object) ? hung.sent > 0 : hung.received > 0);
    while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 10));
    killed.kill();
    expect(await killed.ended).toBe('');

    expect(await startPublishing(folder).ended).toBe(server.head('model', 'org/tiny'));
    const state = server.look('model', 'org/tiny')!;
    expect(state.history).toEqual(['initial commit', 'by a process']);
    expect(Object.keys(state.files()).sort()).toEqual(['.gitattributes', 'a.safetensors', 'config.json']);
    const uploads = server.requests.filter(({ method }) => method === 'PUT');
    expect(uploads).toHaveLength(where === 'in the middle of an upload' ? 2 : 1);
  },
);
