import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
      const folder = mkdtempSync(join(tmpdir(), 'bezoar-sink-'));
      await writeAndKill(folder, afterMs);
      const bytes = readFileSync(join(folder, 'state.bin'));
      expect(bytes).toHaveLength(64 * 16384);
      expect(new Set(bytes).size).toBe(1);
      await folderSink(folder).write('state.bin', [Uint8Array.of(1, 2)]);
      expect(readdirSync(folder)).toEqual(['state.bin']);
    }
  });

  it('keeps the old file when the content fails half way', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bezoar-sink-'));
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
    const path = mkdtempSync(join(tmpdir(), 'bezoar-open-'));
    await folderSink(path).write('x.bin', [Uint8Array.of(1, 2, 3, 4)]);
    const file = await openFolder(path).open('x.bin');
    expect([...(await file.read(1, 2))]).toEqual([2, 3]);
    await expect(file.read(2, 3)).rejects.toMatchObject({ code: 'BAD_FILE' });
    await file.close();
    expect(await openFolder(path).list()).toEqual(['x.bin']);
  });

  it('names the folder or the file that is missing', async () => {
    await expect(openFolder('/nowhere/at/all').open('x')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no folder /nowhere/at/all.',
    });
    const path = mkdtempSync(join(tmpdir(), 'bezoar-open-'));
    await expect(openFolder(path).open('x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
