import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeCpuTiers } from '../describe-cpu-tiers.ts';
import { libraryFiles } from '../library-files.ts';
import { openEngine } from './open-engine.ts';
import { probeNative } from './probe-native.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'bezoar-probe-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('probeNative', () => {
  it('says that there is no library', async () => {
    const probe = await probeNative(path.join(folder, 'missing.so'), folder);
    expect(probe).toEqual({ isas: [], reason: expect.stringContaining('no native library') as string });
  });

  it('refuses a file that is no library, and asks again next time', async () => {
    const broken = path.join(folder, 'broken.so');
    await writeFile(broken, 'not a library');
    const probe = await probeNative(broken, folder);
    expect(probe.isas).toEqual([]);
    expect(probe.reason).toContain('failed its probe');
    expect((await readdir(folder)).filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  it('keeps a good answer', async ({ skip }) => {
    const probe = await probeNative(libraryFiles().native, folder);
    if (probe.reason !== undefined) skip(`no native kernels here: ${probe.reason}`);
    expect(probe.isas.length).toBeGreaterThan(0);
    expect((await readdir(folder)).filter((name) => name.endsWith('.json'))).toHaveLength(1);
    expect(await probeNative(libraryFiles().native, folder)).toEqual(probe);
  });
});

describe('without compiled kernels', () => {
  it('createCpuBackend names the file and the command that builds it', async () => {
    const libraryFolder = new URL(`file://${folder}/empty/`);
    await expect(openEngine({ libraryFolder })).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      advice: expect.stringContaining('build:kernels') as string,
    });
    const tiers = await describeCpuTiers(libraryFolder);
    expect(tiers.active).toBe('none');
    expect(tiers.native.reason).toContain('no native library');
    expect(tiers.wasm.reason).toContain('build:kernels');
  });
});
