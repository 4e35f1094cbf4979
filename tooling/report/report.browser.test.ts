import axe from 'axe-core';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumArguments, findChromium } from '../../examples/playground/test/find-chromium.ts';
import { hostile, makeRun } from './make-run.ts';

const executablePath = findChromium();
const openAll = 'for (const each of document.querySelectorAll("details")) each.open = true';

/** Of all that has moved since the page began to load. */
const layoutShift = `new Promise((resolve) => {
  let sum = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) sum += value;
  });
  observer.observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(sum), 300);
})`;

interface OpenOptions extends BrowserContextOptions {
  /** The report by default. */
  readonly file?: string;
}

interface Opened {
  readonly page: Page;
  /** What the console said, and every address that was asked for, but for the page's own. */
  readonly problems: readonly string[];
}

describe.skipIf(executablePath === undefined)(
  `the report of a run${executablePath === undefined ? ' (no Chromium: set BEZOAR_CHROMIUM, or install it)' : ''}`,
  () => {
    let folder: string;
    let report: string;
    let browser: Browser;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bezoar-report-'));
      report = await makeRun(folder);
      browser = await chromium.launch({ executablePath: executablePath!, args: [...chromiumArguments] });
    });
    afterAll(async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    });

    const open = async ({ file = report, ...options }: OpenOptions = {}): Promise<Opened> => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const problems: string[] = [];
      const url = pathToFileURL(file).href;
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => problems.push(message.text()));
      page.on('request', (request) => {
        if (request.url() !== url) problems.push(`asked for ${request.url()}`);
      });
      page.on('dialog', (dialog) => problems.push(dialog.message()));
      await page.goto(url);
      return { page, problems };
    };

    it('has every part, in the order of its contents', async () => {
      const { page, problems } = await open();
      expect(await page.locator('h2').allTextContents()).toEqual([
        ...['Overview', 'Evaluation', 'MT-Bench', 'Answers', 'Training', 'Data', 'Rows', 'Costs'],
        ...['Environment', 'Settings'],
      ]);
      for (const link of await page.locator('nav a').all()) {
        const target = (await link.getAttribute('href'))!;
        await link.click();
        // Below the bar that stays at the top.
        const top = (await page.locator(`${target} h2`).boundingBox())!.y;
        expect(top).toBeGreaterThan(40);
        expect(top).toBeLessThan(800);
      }
      const environment = await page.locator('#environment').innerText();
      expect(environment).toMatch(/cpu (native|wasm) \w+/);
      expect(environment).not.toContain(folder);
      expect(problems).toEqual([]);
      await page.context().close();
    });

    it('shows what rows say, and does nothing of it', async () => {
      const { page, problems } = await open();
      await page.evaluate(openAll);
      expect(await page.locator('#rows').innerText()).toContain(hostile.slice(0, 60));
      expect(await page.evaluate('globalThis.broken')).toBeUndefined();
      expect(await page.locator('img, iframe, main a, main script').count()).toBe(0);
      expect(problems).toEqual([]);
      await page.context().close();
    });

    it('would run no other script and fetch nothing, if markup got in', async () => {
      let asked = 0;
      const server = createServer((_, response) => {
        asked++;
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const { page, problems } = await open();
      await page.evaluate(`{
        const script = document.createElement('script');
        script.textContent = 'globalThis.broken = 3';
        const image = document.createElement('img');
        image.setAttribute('onerror', 'globalThis.broken = 4');
        image.src = 'http://127.0.0.1:${port}/x';
        document.body.append(script, image);
      }`);
      const refused = (): number =>
        problems.filter((problem) => problem.includes('Content Security Policy')).length;
      await expect.poll(refused).toBeGreaterThanOrEqual(2);
      expect(await page.evaluate('globalThis.broken')).toBeUndefined();
      expect(asked).toBe(0);
      await page.context().close();
      server.close();
    });

    it('shows the values of a curve at the pointer and by keyboard, and moves nothing', async () => {
      const { page, problems } = await open({ viewport: { width: 390, height: 844 } });
      const chart = page.locator('figure', { hasText: 'Loss' }).first();
      const plot = chart.locator('.plot');
      await plot.scrollIntoViewIfNeeded();
      const height = await page.evaluate<number>('document.documentElement.scrollHeight');
      const tip = plot.locator('.tip');
      expect(await tip.isVisible()).toBe(false);

      await plot.hover({ position: { x: 200, y: 80 } });
      expect(await tip.isVisible()).toBe(true);
      const [first, ...lines] = await tip.locator('span').allTextContents();
      expect(first).toMatch(/^step \d+$/);
      expect(lines[0]).toMatch(/^training, each step: [\d.]+$/);
      expect(lines[2]).toMatch(/^held-out rows( at \d+)?: [\d.]+$/);
      const [inner, outer] = [await tip.boundingBox(), await plot.boundingBox()];
      expect(inner!.x).toBeGreaterThanOrEqual(outer!.x);
      expect(inner!.x + inner!.width).toBeLessThanOrEqual(outer!.x + outer!.width + 1);

      // What it shows is what the events say.
      const step = Number(first!.slice(5));
      const events = (await readFile(join(folder, 'run', 'events.jsonl'), 'utf8')).trim().split('\n');
      const made = events
        .map((line) => JSON.parse(line) as { stage: string; type: string; step?: number; loss?: number })
        .find((event) => event.type === 'train-step' && event.stage === 'sft' && event.step === step);
      expect(Number(lines[0]!.split(': ')[1])).toBeCloseTo(made!.loss!, 3);

      await page.mouse.move(1, 1);
      expect(await tip.isVisible()).toBe(false);
      await plot.focus();
      await page.keyboard.press('Home');
      expect(await plot.getAttribute('aria-valuetext')).toMatch(/^step \d+, training, each step.*: [\d.]+/);
      const value = Number(await plot.getAttribute('aria-valuenow'));
      await page.keyboard.press('ArrowRight');
      expect(Number(await plot.getAttribute('aria-valuenow'))).toBeGreaterThan(value);
      expect(await tip.isVisible()).toBe(true);
      await page.keyboard.press('Escape');
      expect(await tip.isVisible()).toBe(false);
      expect(await page.evaluate<number>('document.documentElement.scrollHeight')).toBe(height);
      expect(await page.evaluate<number>(layoutShift)).toBe(0);
      expect(problems).toEqual([]);
      await page.context().close();
    });

    it('is whole without its script', async () => {
      const { page, problems } = await open({ javaScriptEnabled: false });
      const chart = page.locator('figure', { hasText: 'Loss' }).first();
      expect(await chart.locator('svg').getAttribute('aria-label')).toMatch(
        /^Loss: training, smoothed from /,
      );
      await chart.locator('summary').click();
      expect(await chart.locator('tbody tr').count()).toBeGreaterThan(5);
      expect(problems).toEqual([]);
      await page.context().close();
    });

    const looks = [
      { width: 1280, colorScheme: 'light' },
      { width: 1280, colorScheme: 'dark' },
      { width: 360, colorScheme: 'light' },
      { width: 360, colorScheme: 'dark' },
    ] as const;

    it.each(looks)('is accessible and fits at $width px, $colorScheme', async ({ width, colorScheme }) => {
      const { page } = await open({ viewport: { width, height: 844 }, colorScheme, bypassCSP: true });
      await page.evaluate(openAll);
      // With values at a focus, and nothing under the bar that stays at the top.
      await page.locator('.plot').first().focus();
      await page.keyboard.press('Home');
      await page.evaluate('scrollTo(0, 0)');
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      expect(await violationsOf(page)).toEqual([]);
      await page.context().close();
    });

    it.each(looks)('has comparisons beside it that are so too: $width px, $colorScheme', async (look) => {
      const { width, colorScheme } = look;
      const { page, problems } = await open({
        ...{ viewport: { width, height: 844 }, colorScheme, bypassCSP: true },
        file: join(folder, 'compared', 'comparison.html'),
      });
      expect(await page.locator('h2').allTextContents()).toEqual([
        ...['What is compared', 'Main metrics', 'Scores', 'Differences from base'],
      ]);
      expect(await page.locator('script').count()).toBe(0);
      expect(problems).toEqual([]);
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      expect(await violationsOf(page)).toEqual([]);
      await page.context().close();
    });

    it('prints on paper without its bar, and with rows and settings open', async () => {
      const { page } = await open({ colorScheme: 'dark' });
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('nav').isVisible()).toBe(false);
      expect(await page.locator('#rows article').first().isVisible()).toBe(true);
      const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      expect(background).toBe('rgb(255, 255, 255)');
      const good = await page.evaluate<string>(
        'getComputedStyle(document.documentElement).getPropertyValue("--good")',
      );
      expect(good).toBe('#15703a');
      await page.context().close();
    });
  },
);

function overflowOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
}

/** What axe has to say, with the first elements that it says it of. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe.source });
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map(({ id, nodes }) => {
      const shown = nodes.slice(0, 5).map(({ html }) => html.slice(0, 200));
      return `${id}: ${shown.join(' | ')}`;
    });
  });
}
