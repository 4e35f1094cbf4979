import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readTarball } from './read-tarball.ts';

it.each(['ustar', 'posix'])(
  'reads every file of a %s archive, names of any length and sizes around a block',
  (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'bezoar-tarball-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const long = `${'folder-'.repeat(12)}end/${'name-'.repeat(format === 'ustar' ? 15 : 25)}end.js`;
    const sizes = {
      'package.json': 20,
      [long]: 511,
      'lib/empty': 0,
      'lib/block.so': 512,
      'lib/more.so': 1025,
    };
    for (const [name, size] of Object.entries(sizes)) {
      const file = join(folder, 'package', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, Buffer.alloc(size, name));
    }
    const tarball = join(folder, 'package.tgz');
    const files = Object.keys(sizes).map((name) => `package/${name}`);
    execFileSync('tar', [`--format=${format}`, '-czf', tarball, '-C', folder, ...files]);

    const read = readTarball(tarball);
    expect(Object.fromEntries([...read].map(([name, { length }]) => [name, length]))).toEqual(sizes);
    for (const [name, content] of read)
      expect(Buffer.from(content)).toEqual(Buffer.alloc(content.length, name));
  },
);
