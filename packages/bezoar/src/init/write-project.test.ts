import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeProject } from './write-project.ts';

const folder = temporaryFolder();
afterEach(() => folder.remove());
const files = ['a.txt', 'src/b.ts'].map((path) => ({ path, text: `${path}\n`, about: '' }));

describe('writeProject', () => {
  it('writes all files, and leaves nothing else', async () => {
    const at = join(folder.path, 'deep', 'project');
    await writeProject(at, files);
    expect(readdirSync(at, { recursive: true }).sort()).toEqual(['a.txt', 'src', join('src', 'b.ts')].sort());
    expect(readFileSync(join(at, 'src/b.ts'), 'utf8')).toBe('src/b.ts\n');
  });

  it('leaves nothing behind when a file cannot be written', async () => {
    const at = join(folder.path, 'new', 'project');
    // A file that would have to be a folder, too: the second write fails after the first one.
    const impossible = [...files, { path: 'a.txt/c', text: '', about: '' }];
    await expect(writeProject(at, impossible)).rejects.toMatchObject({ code: 'BAD_CONFIG' });
    expect(existsSync(join(folder.path, 'new'))).toBe(false);
    writeFileSync(join(folder.path, 'mine.txt'), 'mine');
    await expect(writeProject(folder.path, impossible)).rejects.toThrow(/could not be written/);
    expect(readdirSync(folder.path)).toEqual(['mine.txt']);
  });

  it('says so where no folder can be made', async () => {
    const file = folder.file('mine.txt', 'mine');
    await expect(writeProject(join(file, 'x'), files)).rejects.toMatchObject({ code: 'BAD_CONFIG' });
  });
});
