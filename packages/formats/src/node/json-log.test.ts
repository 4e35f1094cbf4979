import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openJsonLog, readJsonLog } from './json-log.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'bezoar-log-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('is made with its folder at the first value, and goes on', () => {
  const path = join(folder, 'deep/log.jsonl');
  expect(readJsonLog(path)).toEqual([]);
  const log = openJsonLog(path);
  expect(existsSync(path)).toBe(false);
  log.append({ a: 1 });
  openJsonLog(path).append('two');
  expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n"two"\n');
});

it('loses the line that was cut off, and no other', () => {
  const path = join(folder, 'log.jsonl');
  writeFileSync(path, '1\n{"cut":');
  openJsonLog(path).append(2);
  expect(readJsonLog(path)).toEqual([1, 2]);
});

it('says when it cannot be written', () => {
  const path = join(folder, 'file/log.jsonl');
  writeFileSync(join(folder, 'file'), '');
  expect(() => openJsonLog(path).append(1)).toThrow(expect.objectContaining({ code: 'BAD_FILE' }));
});
