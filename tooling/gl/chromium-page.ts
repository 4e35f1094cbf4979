import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { chromiumArguments, findChromium } from '../../examples/playground/test/find-chromium.ts';

export interface BundleOptions {
  readonly entry: string;
  /** For a page the exports are in the global `bundle`; for Node a module. */
  readonly format: 'iife' | 'es';
  /** Left as imports. */
  readonly external?: readonly string[];
}

/** A program with all that it imports as one file under .cache. Packages are taken as they are built. */
export async function bundle({ entry, format, external = [] }: BundleOptions): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: '.cache/bundles',
      emptyOutDir: false,
      minify: false,
      target: 'es2022',
      lib: { entry, name: 'bundle', formats: [format], fileName: () => `${format}.js` },
      rolldownOptions: { external: [...external] },
    },
  });
  return resolve('.cache/bundles', `${format}.js`);
}

/** Evaluates an expression over the exports of a program, `bundle`, in Chromium, which draws in software. */
export async function evaluateInChromium<Result>(entry: string, expression: string): Promise<Result> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('There is no Chromium: set BEZOAR_CHROMIUM.');
  const file = await bundle({ entry, format: 'iife' });
  const browser = await chromium.launch({ executablePath, args: [...chromiumArguments] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: readFileSync(file, 'utf8') });
    return await page.evaluate<Result>(expression);
  } finally {
    await browser.close();
  }
}
