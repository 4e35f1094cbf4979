import { mkdirSync, truncateSync, writeFileSync, openSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { hashFile, hashFolder } from './content-hash.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

describe('content prints', () => {
  it('of a folder change with a name and with a content, not with hidden files or sub-folders', async () => {
    const path = join(folder.path, 'model');
    mkdirSync(join(path, 'run'), { recursive: true });
    writeFileSync(join(path, 'a'), 'one');
    const first = await hashFolder(path);
    writeFileSync(join(path, '.hidden'), 'x');
    writeFileSync(join(path, 'run', 'b'), 'x');
    expect(await hashFolder(path)).toBe(first);
    writeFileSync(join(path, 'a'), 'two');
    expect(await hashFolder(path)).not.toBe(first);
  });

  it('of a large file see a change in a sampled place and in the length', async () => {
    // Sparse: 80 MiB that take no room.
    const large = folder.file('large', '');
    truncateSync(large, 80 * 2 ** 20);
    const first = await hashFile(large);
    const file = openSync(large, 'r+');
    writeSync(file, 'x', 80 * 2 ** 20 - 1);
    closeSync(file);
    const second = await hashFile(large);
    expect(second).not.toBe(first);
    truncateSync(large, 80 * 2 ** 20 - 1);
    expect(await hashFile(large)).not.toBe(second);
  });

  it('say which file is missing', async () => {
    await expect(hashFile(join(folder.path, 'nowhere'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
