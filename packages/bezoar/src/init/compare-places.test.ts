import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { comparePlaces, requireFree } from './compare-places.ts';

const folder = temporaryFolder();
afterEach(() => folder.remove());
const files = ['a.txt', 'src/b.ts'].map((path) => ({ path }));

describe('comparePlaces and requireFree', () => {
  it('tell what would be lost; an empty file is no loss', () => {
    mkdirSync(join(folder.path, 'src'));
    folder.file('a.txt', '');
    expect(comparePlaces(folder.path, files).map(({ state }) => state)).toEqual(['new', 'new']);
    folder.file('src/b.ts', 'mine');
    const places = comparePlaces(folder.path, files);
    expect(places).toEqual([
      { path: 'a.txt', state: 'new' },
      { path: 'src/b.ts', state: 'replaced' },
    ]);
    expect(() => requireFree(folder.path, places)).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: expect.stringContaining('already has src/b.ts.') as string,
      }) as Error,
    );
  });

  it('refuse a file in the place of a folder, and the other way round', () => {
    folder.file('src', 'a file');
    expect(() => comparePlaces(folder.path, files)).toThrow(/src is no folder/);
    expect(() => comparePlaces(join(folder.path, 'src'), files)).toThrow(/src is no folder/);
    mkdirSync(join(folder.path, 'a.txt'));
    expect(() => comparePlaces(folder.path, files.slice(0, 1))).toThrow(/a\.txt is no file/);
  });
});
