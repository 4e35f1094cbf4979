import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { folderSink } from './folder-sink.ts';
import { openFolder } from './open-folder.ts';

const writer = `
  import { folderSink } from ${JSON.stringify(new URL('folder-sink.ts', import.meta.url).href)};
  const sink = folderSink(process.argv[1]);
  for (let version = 1; ; version++) {
    await sink.write('state.bin', (function* () {
      for (let i = 0; i < 64; i++) yield new Uint8Array(16384).fill(version % 251);
    })());
    if (version === 1) process.stdout.write('first');
  }
`;

/** Starts a process that overwrites one file for ever, and kills it at a random moment after its first version. */
async function writeAndKill(folder: string, afterMs: number): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--conditions=@bezoar/source', '--input-type=module', '-e', writer, folder],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
}

describe('folderSink', () => {
  it('leaves a whole file behind whenever the writer is killed, and cleans up at the next write', async () => {
    for (const afterMs of [1, 7, 23, 41]) {
      const folder = temporaryFolder();
      await writeAndKill(folder, afterMs);
      const bytes = readFileSync(join(folder, 'state.bin'));
      expect(bytes).toHaveLength(64 * 16384);
      expect(new Set(bytes).size).toBe(1);
      await folderSink(folder).write('state.bin', [Uint8Array.of(1, 2)]);
      expect(readdirSync(folder)).toEqual(['state.bin']);
    }
  });

  it('cleans up after a killed process of the same id, as in a container that started again', async () => {
    const folder = temporaryFolder();
    const leftover = join(folder, `.x.${process.pid}.0.tmp`);
    writeFileSync(leftover, 'half');
    utimesSync(leftover, 1, 1);
    await folderSink(folder).write('x', [Uint8Array.of(1)]);
    expect(readdirSync(folder)).toEqual(['x']);
  });

  it('keeps two writers of one file apart: the last one wins, whole', async () => {
    const folder = temporaryFolder();
    const slowly = async function* (value: number): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 20; i++) {
        yield new Uint8Array(1000).fill(value);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await Promise.all([1, 2, 3].map((value) => folderSink(folder).write('x', slowly(value))));
    const bytes = readFileSync(join(folder, 'x'));
    expect(bytes).toHaveLength(20_000);
    expect(new Set(bytes).size).toBe(1);
    expect(readdirSync(folder)).toEqual(['x']);
  });

  it.skipIf(process.platform === 'win32')(
    'fails, and keeps the old file, when the disk takes only a part (not on Windows: needs ulimit)',
    async () => {
      const folder = temporaryFolder();
      await folderSink(folder).write('x', [Uint8Array.of(1)]);
      const script = `
        import { folderSink } from ${JSON.stringify(new URL('folder-sink.ts', import.meta.url).href)};
        await folderSink(process.argv[1]).write('x', [new Uint8Array(1000000)]).catch((error) => console.log(error.code));
      `;
      // A limit on file sizes cuts the write short, as a disk does when it fills up.
      const { stdout, stderr } = spawnSync(
        'sh',
        [
          '-c',
          'ulimit -f 64; exec "$0" --conditions=@bezoar/source --input-type=module -e "$1" "$2"',
          process.execPath,
          script,
          folder,
        ],
        { encoding: 'utf8' },
      );
      expect(stdout + stderr).toBe('BAD_FILE\n');
      expect([...readFileSync(join(folder, 'x'))]).toEqual([1]);
      expect(readdirSync(folder)).toEqual(['x']);
    },
  );

  it('removes a file, and does not mind when there is none', async () => {
    const folder = temporaryFolder();
    const sink = folderSink(folder);
    await sink.write('x', [Uint8Array.of(1)]);
    await sink.remove('x');
    await sink.remove('x');
    await folderSink(join(folder, 'not', 'there')).remove('x');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps the old file when the content fails half way', async () => {
    const folder = temporaryFolder();
    const sink = folderSink(folder);
    await sink.write('a/b.bin', [Uint8Array.of(1)]);
    const failing = sink.write(
      'a/b.bin',
      (function* () {
        yield Uint8Array.of(2);
        throw new Error('disk on fire');
      })(),
    );
    await expect(failing).rejects.toMatchObject({ code: 'BAD_FILE' });
    expect([...readFileSync(join(folder, 'a/b.bin'))]).toEqual([1]);
    expect(readdirSync(join(folder, 'a'))).toEqual(['b.bin']);
  });
});

describe('openFolder', () => {
  it('reads ranges and refuses those past the end', async () => {
    const path = temporaryFolder();
    await folderSink(path).write('x.bin', [Uint8Array.of(1, 2, 3, 4)]);
    const file = await openFolder(path).open('x.bin');
    expect([...(await file.read(1, 2))]).toEqual([2, 3]);
    await expect(file.read(2, 3)).rejects.toMatchObject({ code: 'BAD_FILE' });
    await file.close();
    expect(await openFolder(path).list()).toEqual(['x.bin']);
  });

  it('lists links to files, not those that lead nowhere or to a folder', async () => {
    const path = temporaryFolder();
    await folderSink(path).write('blobs/x', [Uint8Array.of(1)]);
    symlinkSync(join('blobs', 'x'), join(path, 'linked.bin'));
    symlinkSync('blobs', join(path, 'folder'));
    symlinkSync('nowhere', join(path, 'broken'));
    expect(await openFolder(path).list()).toEqual(['blobs/x', 'linked.bin']);
  });

  it('names the folder or the file that is missing', async () => {
    await expect(openFolder('/nowhere/at/all').open('x')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no folder /nowhere/at/all.',
    });
    const path = temporaryFolder();
    await expect(openFolder(path).open('x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
