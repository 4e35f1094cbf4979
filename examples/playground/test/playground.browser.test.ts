import axe from 'axe-core';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPrompts, defaultSettings } from '../src/shared/defaults.ts';
import { countTextures } from './count-textures.ts';
import { findChromium } from './find-chromium.ts';
import { openPlayground, type Playground } from './open-playground.ts';
import { unzip } from './unzip.ts';

const chromium = findChromium();
const run = promisify(execFile);
/** Drawing in software takes its time: more with BEZOAR_PLAYGROUND_STEPS. */
const webglSteps = Number(process.env['BEZOAR_PLAYGROUND_STEPS'] ?? 30);
const bin = join(import.meta.dirname, '../../../packages/bezoar/src/bin.ts');

describe.skipIf(chromium === undefined)(
  `the playground${chromium === undefined ? ' (no Chromium: set BEZOAR_CHROMIUM, or install it)' : ''}`,
  () => {
    let playground: Playground;
    let scratch: string;

    beforeAll(async () => {
      playground = await openPlayground(chromium!);
      scratch = await mkdtemp(join(tmpdir(), 'bezoar-playground-test-'));
    });
    afterAll(async () => {
      await playground[Symbol.asyncDispose]();
      await rm(scratch, { recursive: true, force: true });
    });

    it('weighs at most 1.5 MB compressed, without the model, and is drawn within a second', async () => {
      const names = await readdir(playground.folder, { recursive: true, withFileTypes: true });
      const files = names.filter((each) => each.isFile() && !each.parentPath.endsWith('model'));
      let weight = 0;
      for (const { parentPath, name } of files)
        weight += gzipSync(await readFile(join(parentPath, name))).length;
      expect(weight).toBeLessThan(1.5e6);
      expect(files.some(({ name }) => name.startsWith('worker-'))).toBe(true);

      // The best of a few: what the page costs, not what else the machine does.
      const paints: number[] = [];
      for (let load = 0; load < 4; load++) {
        const { page } = await playground.open();
        paints.push(await page.evaluate<number>(firstPaint));
        await page.context().close();
      }
      expect(Math.min(...paints)).toBeLessThan(1000);
    });

    it('trains by keyboard, and gives an adapter that the command line loads', async () => {
      const { page, problems } = await playground.open({ acceptDownloads: true });
      await page.locator('#setting-system').press('Enter');
      await finished(page);
      expect(await page.textContent('#status')).toBe('Done.');
      expect(await page.locator('svg[role=img]').first().getAttribute('aria-label')).toMatch(
        /^Instruction loss: loss from [\d.]+ at step 1 to 0\.\d+ at step 120\.$/,
      );

      const answers = page.locator('.answer').first();
      const [base, sft, dpo] = await answers.locator('dd').allTextContents();
      expect(await answers.locator('h3').textContent()).toBe(defaultPrompts[0]);
      expect(sft).toBe('The food of the owl is mice. The owl is a bird.');
      expect(dpo).toBe('The food of the owl is mice.');
      expect(base).not.toContain('mice');

      await page.fill('#question', 'What color is the wolf?');
      await page.press('#question', 'Enter');
      await finished(page);
      expect(await page.locator('.answer').first().locator('dd').last().textContent()).toBe(
        'The color of the wolf is gray.',
      );

      const names = await unzip(await download(page, '#save-adapter'), scratch);
      expect(names.toSorted()).toEqual([
        'bezoar-adapter/adapter_config.json',
        'bezoar-adapter/adapter_model.safetensors',
      ]);
      await unzip(await download(page, '#save-model'), scratch);
      const { stdout } = await run(
        process.execPath,
        [
          ...['--conditions=@bezoar/source', bin, 'generate'],
          ...['--model', join(scratch, 'bezoar-tiny'), '--adapter', join(scratch, 'bezoar-adapter')],
          ...['--system', defaultSettings.system, '--instruction', defaultPrompts[0]!],
        ],
        { cwd: scratch },
      );
      expect(stdout.trim()).toBe(dpo);
      expect(problems).toEqual([]);
      await page.context().close();
    });

    it('names what it computes on, and why it is nothing better', async () => {
      const { page, problems } = await playground.open();
      const facts = page.locator('#facts');
      expect(await facts.textContent()).toContain('cpu wasm simd128, f32, 1 thread');
      expect(await facts.textContent()).toContain('Not WebGL 2: it is drawn in software here');
      await page.selectOption('#setting-backend', 'javascript');
      await finished(page);
      expect(await facts.textContent()).toContain('gpu.js cpu');
      expect(problems).toEqual([]);
      await page.context().close();
    });

    it('trains on WebGL 2, and leaves no texture behind', async () => {
      const { page, problems } = await playground.open();
      await page.selectOption('#setting-backend', 'webgl2');
      await finished(page);
      expect(await page.textContent('#facts')).toContain('gpu.js webgl2');
      const counts = await countTextures(page);
      await page.fill('#setting-sftSteps', String(webglSteps));
      await page.fill('#setting-dpoSteps', '0');
      await page.click('#train');
      await finished(page, 1_200_000);
      expect(await page.textContent('#status')).toBe('Done.');
      expect(await page.locator('.answer').first().locator('dd').nth(1).textContent()).toMatch(
        /^The food of the owl is mice\./,
      );
      const textures = await counts.textures();
      expect(textures).toHaveLength(webglSteps);
      // The first steps make what the optimiser and the workspace keep.
      const [early, late] = [textures.slice(10, webglSteps / 2), textures.slice(webglSteps / 2)];
      expect(Math.max(...late)).toBeLessThanOrEqual(Math.max(...early));
      const times = (await counts.milliseconds()).toSorted((a, b) => a - b);
      console.log(
        `WebGL 2 in software: fastest step ${times[0]!.toFixed(0)} ms, median ${times[webglSteps / 2]!.toFixed(0)} ms, ${textures.at(-1)} textures after ${webglSteps} steps`,
      );
      expect(problems.filter((problem) => !problem.includes('ReadPixels'))).toEqual([]);
      await page.context().close();
    }, 1_300_000);

    it('stops after the step that runs, and keeps what was learnt', async () => {
      const { page, problems } = await playground.open();
      await page.fill('#setting-sftSteps', '2000');
      await page.click('#train');
      await page
        .getByText(/step [3-9]/)
        .first()
        .waitFor();
      expect(await page.locator(':focus').getAttribute('id')).toBe('stop');
      await page.keyboard.press('Enter');
      await finished(page);
      expect(await page.textContent('#status')).toBe('Stopped. What was learnt so far is kept.');
      expect(await page.locator(':focus').getAttribute('id')).toBe('train');
      expect(await page.isEnabled('#save-adapter')).toBe(true);
      expect(problems).toEqual([]);
      await page.context().close();
    });

    it('says what is missing, at the field, before it trains', async () => {
      const { page } = await playground.open();
      await page.click('#add-preference');
      await page.click('#train');
      const field = page.locator('#preferences textarea[aria-invalid=true]');
      expect(await field.count()).toBe(1);
      expect(await page.locator(':focus').getAttribute('id')).toBe(await field.getAttribute('id'));
      const described = (await field.getAttribute('aria-describedby'))!;
      expect(await page.textContent(`#${described}`)).toBe('Write something, or remove the row.');

      await page.getByRole('button', { name: 'Remove preference 7' }).click();
      expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Remove preference 6');
      await page.fill('#setting-sftLearningRate', 'fast');
      await page.click('#train');
      expect(await page.textContent('#setting-sftLearningRate-error')).toBe('Write a number.');

      await page.fill('#setting-sftLearningRate', '0.002');
      await page.check('input[name=model][value=files]');
      await page.click('#train');
      expect(await page.textContent('#model-error')).toBe('Choose a model folder first.');
      await page.context().close();
    });

    it('trains a model folder of the user, and says what one lacks', async () => {
      const { page, problems } = await playground.open();
      const folder = join(scratch, 'own-model');
      await cp(join(playground.folder, 'model'), folder, { recursive: true });
      await page.setInputFiles('#folder', folder);
      await page.fill('#setting-sftSteps', '2');
      await page.fill('#setting-dpoSteps', '0');
      await page.click('#train');
      await finished(page);
      expect(await page.textContent('#status')).toBe('Done.');
      expect(await page.textContent('#folder-facts')).toContain('own-model: 4 files');

      await rm(join(folder, 'tokenizer.json'));
      await page.setInputFiles('#folder', folder);
      expect(await page.textContent('#model-error')).toBe('The folder lacks a tokenizer (tokenizer.json).');
      expect(problems).toEqual([]);
      await page.context().close();
    });

    it.each([
      { width: 1280, colorScheme: 'light' },
      { width: 1280, colorScheme: 'dark' },
      { width: 360, colorScheme: 'light' },
      { width: 360, colorScheme: 'dark' },
    ] as const)('is accessible and fits at $width px, $colorScheme', async ({ width, colorScheme }) => {
      const { page } = await playground.open({
        viewport: { width, height: 800 },
        colorScheme,
        bypassCSP: true,
      });
      await page.click('#add-pair');
      await page.click('#train');
      await page.addScriptTag({ content: axe.source });
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
        const results = await axe.run({
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        });
        return results.violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`,
        );
      });
      expect(violations).toEqual([]);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(overflow).toBeLessThanOrEqual(0);
      await page.context().close();
    });
  },
);

/** Milliseconds from the request to something to see. */
const firstPaint = `new Promise((resolve) => {
  const found = (list) => resolve(list.getEntriesByName('first-contentful-paint')[0].startTime);
  new PerformanceObserver(found).observe({ type: 'paint', buffered: true });
})`;

async function finished(page: Page, timeout = 200_000): Promise<void> {
  await page.locator('body:not(.busy)').waitFor({ timeout });
}

async function download(page: Page, button: string): Promise<Uint8Array> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  return readFile(await file.path());
}
