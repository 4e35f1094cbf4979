import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPythonPackage, runPython } from '../__fixtures__/run-python.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { openHubSnapshot, type HubSnapshot } from '../snapshot/open-hub-snapshot.ts';
import { startHubServer, type HubServer } from '../testing.ts';

const at = temporaryFolder();
const repo = { type: 'model', name: 'org/tiny' } as const;
const files = {
  'config.json': '{"model_type":"llama"}',
  'model.safetensors': new Uint8Array(500_000).fill(7),
  'sub/empty.txt': '',
};

let server: HubServer;
beforeAll(async () => {
  server = await startHubServer({ repos: [{ ...repo, files }] });
});
afterAll(() => server.close());

function python(code: string, home: string): Promise<string> {
  return runPython(code, { HF_ENDPOINT: server.url, HF_HOME: home });
}

function here(home: string, offline = false): Promise<HubSnapshot> {
  return openHubSnapshot({ repo, offline, env: { HF_ENDPOINT: server.url, HF_HOME: home } });
}

const fetchAll = (snapshot: HubSnapshot): Promise<string> =>
  snapshot.fetchFiles(snapshot.files.map(({ path }) => path));
const filesAsked = (): number => server.requests.filter(({ path }) => path.includes('/resolve/')).length;

describe.skipIf(!hasPythonPackage())("the cache of Python's huggingface_hub, which must be installed", () => {
  it('is read here, without asking for a file again', async () => {
    const folder = await python("print(snapshot_download('org/tiny'))", at('python'));
    const asked = filesAsked();
    const offline = await here(at('python'), true);
    expect(offline.files.map(({ path }) => path)).toEqual(Object.keys(files));
    expect(await fetchAll(offline)).toBe(folder);
    expect(await fetchAll(await here(at('python')))).toBe(folder);
    expect(filesAsked()).toBe(asked);
  });

  it('is written here as Python reads it', async () => {
    const folder = await fetchAll(await here(at('here')));
    const asked = filesAsked();
    expect(await python("print(snapshot_download('org/tiny', local_files_only=True))", at('here'))).toBe(
      folder,
    );
    expect(await python("print(snapshot_download('org/tiny'))", at('here'))).toBe(folder);
    expect(filesAsked()).toBe(asked);
    const scan =
      'i = scan_cache_dir(); r = next(iter(i.repos)); print(r.repo_id, r.nb_files, [list(v.refs) for v in r.revisions], i.warnings)';
    expect(await python(scan, at('here'))).toBe("org/tiny 3 [['main']] []");
  });
});
