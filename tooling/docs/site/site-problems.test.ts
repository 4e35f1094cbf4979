import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { siteProblems } from './site-problems.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bezoar-site-'));
  mkdirSync(join(folder, 'guide'));
  writeFileSync(join(folder, 'style.css'), '');
  writeFileSync(join(folder, 'index.html'), '<h1 id="top">A</h1><a href="/docs/guide/a.html#b">b</a>');
});
afterEach(() => rmSync(folder, { recursive: true }));

const problemsOf = (html: string): readonly string[] => {
  writeFileSync(join(folder, 'guide/a.html'), `<h2 id="b" tabindex="-1">B</h2>${html}`);
  return siteProblems({ folder, base: '/docs/' });
};

describe('siteProblems', () => {
  it('is content with links to pages, headings, the start page and other sites', () => {
    expect(
      problemsOf(
        '<link rel="stylesheet" href="/docs/style.css"><a class="x" href="../index.html#top">1</a><a href="#b">2</a>' +
          '<a href="/docs/">3</a><a href="https://example.org/#c">4</a><a href="../">5</a>',
      ),
    ).toEqual([]);
  });

  it.each([
    ['<a href="c.html">', 'guide/a.html links to c.html, which does not exist.'],
    [
      '<a href="/docs/index.html#no">',
      'guide/a.html links to /docs/index.html#no, where there is no such heading.',
    ],
    ['<a href="#no">', 'guide/a.html links to #no, where there is no such heading.'],
    ['<a href="/other/">', 'guide/a.html links to /other/, outside of /docs/.'],
    ['<script src="https://example.org/x.js">', 'guide/a.html fetches https://example.org/x.js.'],
    ['<link rel="preload" href="//example.org/x.woff2">', 'guide/a.html fetches //example.org/x.woff2.'],
  ])('finds what is wrong with %s', (html, problem) => {
    expect(problemsOf(html)).toEqual([problem]);
  });
});
