import axe, { type AxeResults } from 'axe-core';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumArguments, findChromium } from '../../../examples/playground/test/find-chromium.ts';
import { serveFolder, type StaticSite } from '../../../examples/playground/test/serve-folder.ts';
import { root } from '../../workspace/read-packages.ts';

const executablePath = findChromium();
const folder = join(root, '.cache/site');
const reason =
  executablePath === undefined
    ? ' (no Chromium: set BEZOAR_CHROMIUM, or install it)'
    : existsSync(join(folder, 'index.html'))
      ? undefined
      : ' (not built: pnpm docs:build)';
/** VitePress chooses light or dark in an inline script, and styles inline; everything else is a file of the site. */
const policy =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

describe.skipIf(reason !== undefined)(`the site${reason ?? ''}`, () => {
  let site: StaticSite;
  let browser: Browser;
  beforeAll(async () => {
    site = await serveFolder(folder, policy, process.env['BEZOAR_DOCS_BASE'] ?? '/');
    browser = await chromium.launch({ executablePath: executablePath!, args: [...chromiumArguments] });
  });
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  const open = async (
    path: string,
    options: BrowserContextOptions = {},
  ): Promise<{ readonly page: Page; readonly problems: readonly string[] }> => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => problems.push(message.text()));
    page.on('request', (request) => {
      if (!/^data:/.test(request.url()) && !request.url().startsWith(site.url))
        problems.push(`asked for ${request.url()}`);
    });
    await page.goto(`${site.url}${path}`, { waitUntil: 'networkidle' });
    return { page, problems };
  };

  it('finds an export by its name, and goes there', async () => {
    const { page, problems } = await open('quick-start.html');
    expect(await page.locator('h1').first().textContent()).toContain('Quick start');
    await page.locator('.DocSearch-Button').click();
    await page.locator('#localsearch-input').fill('trainDpo');
    await page.locator('.result').first().getByText('trainDpo').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/api/@bezoar/dpo.html#traindpo');
    await page.locator('h3#traindpo').waitFor();
    expect(problems).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('can be read in %s colours', async (colorScheme) => {
    const { page, problems } = await open('coming-from-python.html', { colorScheme });
    expect(await page.evaluate('document.documentElement.classList.contains("dark")')).toBe(
      colorScheme === 'dark',
    );
    await page.evaluate(axe.source);
    const result = await page.evaluate<AxeResults>('axe.run({ runOnly: ["color-contrast"] })');
    expect(result.violations.flatMap(({ nodes }) => nodes.map(({ html }) => html))).toEqual([]);
    expect(problems).toEqual([]);
  });

  it.each(['index.html', 'backends.html', 'api/@bezoar/core.html'])('%s fits a telephone', async (path) => {
    const { page, problems } = await open(path, { viewport: { width: 390, height: 844 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(problems).toEqual([]);
  });
});
