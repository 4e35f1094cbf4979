import { build } from 'vite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { chromiumArguments } from './find-chromium.ts';
import { serveFolder, type StaticSite } from './serve-folder.ts';

/** Nothing but the page's own files. `unsafe-eval` is for gpu.js, which makes functions of text. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
].join('; ');

export interface Playground extends AsyncDisposable {
  /** The built page. */
  readonly folder: string;
  readonly site: StaticSite;
  /** A page of its own, with what went wrong in it. */
  open(
    options?: BrowserContextOptions,
  ): Promise<{ readonly page: Page; readonly problems: readonly string[] }>;
}

/** Builds the page, serves it, and starts a browser that draws in software. */
export async function openPlayground(executablePath: string): Promise<Playground> {
  const folder = await mkdtemp(join(tmpdir(), 'bezoar-playground-'));
  await build({
    root: join(import.meta.dirname, '..'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  const site = await serveFolder(folder, policy);
  const browser = await chromium.launch({
    executablePath,
    args: [...chromiumArguments],
  });
  return {
    folder,
    site,
    async open(options = {}) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) problems.push(message.text());
      });
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(site.url) && !url.startsWith('blob:')) problems.push(`asked for ${url}`);
      });
      await page.goto(site.url);
      await page.locator('#train:enabled').waitFor();
      return { page, problems };
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await site[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
