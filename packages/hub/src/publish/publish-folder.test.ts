import { mkdirSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isWrite, publishSetup, weights } from '../__fixtures__/publish-setup.ts';
import type { HubProgress } from '../settings/hub-options.ts';
import { openHubSnapshot } from '../snapshot/open-hub-snapshot.ts';
import { planPublish } from './plan-publish.ts';
import { publishFolder } from './publish-folder.ts';

const hub = publishSetup();
const { options, write, written, history, failing } = hub;

describe('publishFolder', () => {
  it('makes the repository, uploads what is large, and commits everything at once', async () => {
    const published = await publishFolder(options());
    const state = hub.server.look('model', 'org/tiny')!;
    expect(published).toMatchObject({
      commit: hub.server.head('model', 'org/tiny'),
      committed: true,
      created: true,
    });
    expect(published.url).toBe(`${hub.server.url}/org/tiny/tree/${published.commit!}`);
    expect(published.files.map(({ path, size, state }) => [path, size, state])).toEqual([
      ['adapter_config.json', 8, 'new'],
      ['adapter_model.safetensors', weights.length, 'new'],
      ['data/empty.bin', 0, 'new'],
    ]);
    expect(state).toMatchObject({ history: ['initial commit', 'First version'], access: undefined });
    const files = state.files();
    expect(Object.keys(files)).toEqual([
      '.gitattributes',
      'adapter_config.json',
      'data/empty.bin',
      'adapter_model.safetensors',
    ]);
    expect(weights.equals(files['adapter_model.safetensors']!)).toBe(true);
  });

  it('is read again as it was', async () => {
    await publishFolder(options({ repo: { type: 'dataset', name: 'org/rows' } }));
    const snapshot = await openHubSnapshot({ ...options(), repo: { type: 'dataset', name: 'org/rows' } });
    await snapshot.fetchFiles(['**']);
    expect(snapshot.files.map(({ path }) => path).sort()).toEqual([
      '.gitattributes',
      'adapter_config.json',
      'adapter_model.safetensors',
      'data/empty.bin',
    ]);
  });

  it('a second time sends nothing and makes no commit', async () => {
    const first = await publishFolder(options({ tag: 'v1.0' }));
    const before = hub.server.requests.length;
    const again = await publishFolder(options({ message: 'again' }));
    expect(again).toMatchObject({ commit: first.commit, committed: false, created: false });
    expect(new Set(again.files.map(({ state }) => state))).toEqual(new Set(['unchanged']));
    expect(hub.server.requests.slice(before).filter(isWrite)).toEqual([]);
    expect(history()).toHaveLength(2);
  });

  it('sends only what has changed, and leaves what only the Hub has', async () => {
    await publishFolder(options());
    write('adapter_config.json', '{"r":32}');
    const before = hub.server.requests.length;
    const { files, commit } = await publishFolder(options({ message: 'More ranks\n\nAnd why.' }));
    expect(files.filter(({ state }) => state !== 'unchanged')).toMatchObject([
      { path: 'adapter_config.json', state: 'changed' },
    ]);
    const sent = hub.server.requests.slice(before).filter(isWrite);
    expect(sent.map(({ path }) => path)).toEqual([
      '/api/models/org/tiny/preupload/main',
      '/api/models/org/tiny/commit/main',
    ]);
    expect(history()).toEqual(['initial commit', 'First version', 'More ranks']);
    const now = hub.server.look('model', 'org/tiny')!.files(commit);
    expect(Object.keys(now)).toHaveLength(4);
    expect(String(now['adapter_config.json'])).toBe('{"r":32}');
  });

  it('sends contents in place of files, and only what is included', async () => {
    mkdirSync(`${hub.folder}/.git`);
    mkdirSync(`${hub.folder}/checkpoint`);
    for (const path of ['.git/config', '.env', 'checkpoint/state.json', 'notes.txt']) write(path, 'x');
    symlinkSync(`${hub.folder}/notes.txt`, `${hub.folder}/linked.txt`);
    const { files } = await publishFolder(
      options({
        exclude: ['checkpoint/**', 'data/**', 'notes.txt'],
        contents: { 'README.md': '# Card', 'adapter_config.json': '{}' },
      }),
    );
    expect(files.map(({ path }) => path)).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
      'linked.txt',
    ]);
    expect(String(hub.server.look('model', 'org/tiny')!.files()['adapter_config.json'])).toBe('{}');
    await expect(publishFolder(options({ include: ['*.gguf'] }))).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: `${hub.folder} has no file to publish.`,
    });
  });

  it('a dry run says what it would do and writes nothing', async () => {
    const fresh = await publishFolder(options({ dryRun: true, token: false }));
    expect(fresh).toMatchObject({
      commit: undefined,
      committed: true,
      created: true,
      url: `${hub.server.url}/org/tiny`,
    });
    expect(written()).toEqual([]);
    await publishFolder(options());
    write('new.txt', 'x');
    write('adapter_config.json', '{"r":1}');
    const before = written().length;
    const { files, commit, created } = await publishFolder(options({ dryRun: true }));
    expect({ commit, created }).toEqual({ commit: hub.server.head('model', 'org/tiny'), created: false });
    expect(files.map(({ path, state }) => `${state} ${path}`)).toEqual([
      'changed adapter_config.json',
      'unchanged adapter_model.safetensors',
      'unchanged data/empty.bin',
      'new new.txt',
    ]);
    expect(files[3]!.sha256).toBe('2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881');
    expect(written()).toHaveLength(before);
  });

  it('makes a private repository, and refuses to publish in public what should not be', async () => {
    await publishFolder(options({ isPrivate: true }));
    expect(hub.server.look('model', 'org/tiny')!.access).toBe('private');
    await publishFolder(options({ isPrivate: true, repo: { type: 'dataset', name: 'org/tiny' } }));
    await publishFolder(options({ repo: { type: 'model', name: 'org/open' } }));
    const before = written().length;
    await expect(
      publishFolder(options({ isPrivate: true, repo: { type: 'model', name: 'org/open' } })),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'The model org/open is public, and was to be private.',
    });
    expect(written()).toHaveLength(before);
  });

  it('makes a branch, which goes its own way', async () => {
    await publishFolder(options());
    write('adapter_config.json', '{}');
    const { commit } = await publishFolder(options({ branch: 'next/one' }));
    const state = hub.server.look('model', 'org/tiny')!;
    expect(state.branches['next/one']).toBe(commit);
    expect(String(state.files('main')['adapter_config.json'])).toBe('{"r":16}');
  });

  it('tells how far hashing and uploading are', async () => {
    const seen: HubProgress[] = [];
    await publishFolder(options({ onProgress: (progress) => seen.push(progress) }));
    expect(seen.filter(({ file }) => file === 'adapter_model.safetensors')).toEqual(
      ['hash', 'upload'].map((activity) => ({
        ...{ repo: 'org/tiny', file: 'adapter_model.safetensors', activity },
        ...{ done: weights.length, total: weights.length },
      })),
    );
  });

  it('uploads in parts where the Hub asks for them, each with its own tries', async () => {
    await hub.restart({ partBytes: 300_000 });
    failing(({ path }) => /\/2\?/.test(path), { status: 500 }, { upTo: 1000, then: 'hang-up' });
    await publishFolder(options());
    expect(weights.equals(hub.server.look('model', 'org/tiny')!.files()['adapter_model.safetensors']!)).toBe(
      true,
    );
    const parts = written().filter((each) => each.startsWith('PUT'));
    expect(parts.map((each) => each.at(-1))).toEqual(['1', '2', '2', '2', '3']);
  });

  it('does not publish a file that changes meanwhile', async () => {
    hub.fault = ({ path }) => {
      if (path.includes('/objects/batch')) write('adapter_model.safetensors', 'other');
      return undefined;
    };
    await expect(publishFolder(options())).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: 'adapter_model.safetensors was changed while it was published.',
    });
    expect(history()).toEqual(['initial commit']);
  });
});

describe('tags', () => {
  it('name a version once, and the same one again', async () => {
    const { commit } = await publishFolder(options({ tag: 'v1.0' }));
    expect(hub.server.look('model', 'org/tiny')!.tags).toEqual({ 'v1.0': commit });
    await publishFolder(options({ tag: 'v1.0' }));
    await publishFolder(options({ tag: 'v1.0-final' }));
    expect(hub.server.look('model', 'org/tiny')!.tags).toEqual({ 'v1.0': commit, 'v1.0-final': commit });
  });

  it('are not moved, and nothing is sent for one that is taken', async () => {
    const { commit } = await publishFolder(options({ tag: 'v1.0' }));
    write('adapter_config.json', '{}');
    const before = written().length;
    await expect(publishFolder(options({ tag: 'v1.0' }))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `The tag v1.0 of org/tiny names commit ${commit!.slice(0, 12)} already, with other content.`,
    });
    expect(written()).toHaveLength(before);
  });

  it('whose answer was lost are there', async () => {
    failing(({ path }) => path.includes('/tag/'), { after: 1, then: 'hang-up' });
    const { commit } = await publishFolder(options({ tag: 'v1.0' }));
    expect(hub.server.look('model', 'org/tiny')!.tags).toEqual({ 'v1.0': commit });
  });
});

describe('planPublish', () => {
  it('writes nothing before it is told to, and goes on top of what was there then', async () => {
    const plan = await planPublish(options({ tag: 'v1' }));
    expect(plan).toMatchObject({ committed: true, created: true, commit: undefined });
    expect(written()).toEqual([]);
    const published = await plan.publish();
    expect(published).toMatchObject({ committed: true, commit: hub.server.head('model', 'org/tiny') });
    expect(hub.server.look('model', 'org/tiny')!.tags).toEqual({ v1: published.commit });

    write('adapter_config.json', '{"r":2}');
    const late = await planPublish(options());
    hub.server.commit({ type: 'model', name: 'org/tiny', files: { 'other.txt': 'x' } });
    await expect(late.publish()).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('without a token shows what there would be, and no more', async () => {
    const plan = await planPublish(options({ dryRun: true, token: false }));
    await expect(plan.publish()).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
    expect(written()).toEqual([]);
  });
});
