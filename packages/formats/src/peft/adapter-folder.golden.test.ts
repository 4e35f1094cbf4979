import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryFolder } from '../memory-folder.ts';
import { openFolder } from '../node/open-folder.ts';
import { selectsModule } from './select-modules.ts';
import { readAdapterFolder, writeAdapterFolder } from './adapter-folder.ts';

/** Folders that PEFT wrote, in any golden case. (@bezoar/golden stands above this package.) */
function adapterFolders(): string[] {
  const root = process.env['BEZOAR_GOLDEN_DIR'];
  if (root === undefined || !existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('adapter_config.json'))
    .map((name) => join(root, name, '..'));
}

describe('golden PEFT adapters', () => {
  const folders = adapterFolders();
  if (folders.length === 0) {
    it.skip('needs adapter folders under BEZOAR_GOLDEN_DIR', () => undefined);
    return;
  }
  it.each(folders)('%s loads, and survives being written', async (path) => {
    const adapter = await readAdapterFolder(openFolder(path));
    const { r } = adapter.config;
    expect(adapter.modules.size).toBeGreaterThan(0);
    for (const [name, { a, b }] of adapter.modules) {
      expect(selectsModule(adapter.config, name), name).toBe(true);
      expect([a.shape[0], b.shape[1]]).toEqual([r, r]);
      expect([a.data.length, b.data.length]).toEqual([r * a.shape[1]!, r * b.shape[0]!]);
      expect(a.data.every(Number.isFinite) && a.data.some((value) => value !== 0)).toBe(true);
    }
    const written = memoryFolder(new Map());
    await writeAdapterFolder(written, adapter);
    expect(await readAdapterFolder(written)).toEqual(adapter);
  });
});
