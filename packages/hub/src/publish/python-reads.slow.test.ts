import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPythonPackage, runPython } from '../__fixtures__/run-python.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { startHubServer, type HubServer } from '../testing.ts';
import type { PublishedFolder } from './plan-publish.ts';
import { publishFolder } from './publish-folder.ts';

const at = temporaryFolder();
const token = 'hf_secret_of_a_test';
const files = {
  'adapter_config.json': '{"r":16}',
  'adapter_model.safetensors': new Uint8Array(700_000).fill(7),
  'data/empty.txt': '',
};

let server: HubServer;
beforeAll(async () => {
  server = await startHubServer({ token, repos: [], partBytes: 300_000 });
  mkdirSync(at('folder', 'data'), { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(at('folder', path), content);
});
afterAll(() => server.close());

function python(code: string): Promise<string> {
  return runPython(code, { HF_ENDPOINT: server.url, HF_HOME: at('python'), HF_TOKEN: token });
}

function publish(name: string): Promise<PublishedFolder> {
  const own = { endpoint: server.url, token, message: 'Published', tag: 'v1' };
  return publishFolder({ repo: { type: 'model', name }, folder: at('folder'), ...own });
}

describe.skipIf(!hasPythonPackage())("Python's huggingface_hub, which must be installed", () => {
  it('reads what was published, at its tag', async () => {
    const { commit } = await publish('org/here');
    const folder = await python("print(snapshot_download('org/here', revision='v1'))");
    expect(folder.endsWith(commit!)).toBe(true);
    for (const [path, content] of Object.entries(files))
      expect(readFileSync(`${folder}/${path}`).equals(Buffer.from(content as Uint8Array))).toBe(true);
    expect(await python("print([t.name for t in list_repo_refs('org/here').tags])")).toBe("['v1']");
  });

  it('publishes the same to the same effect, so that nothing is left to send', async () => {
    await python(
      `create_repo('org/there')\nupload_folder(repo_id='org/there', folder_path=${JSON.stringify(at('folder'))})`,
    );
    const { commit, committed } = await publish('org/there');
    expect({ commit, committed }).toEqual({ commit: server.head('model', 'org/there'), committed: false });
    expect(server.look('model', 'org/there')!.files()).toEqual(server.look('model', 'org/here')!.files());
  });

  it('finds nothing to send after a publish from here', async () => {
    const commit = server.head('model', 'org/here');
    await python(`upload_folder(repo_id='org/here', folder_path=${JSON.stringify(at('folder'))})`);
    expect(server.head('model', 'org/here')).toBe(commit);
  });
});
