import { relative } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../workspace/read-packages.ts';
import { readDocuments } from '../read-documents.ts';
import { createSidebar, sidebarPages } from './create-sidebar.ts';
import { pagePath } from './page-path.ts';

it('names every page of docs/, once', () => {
  const pages = readDocuments()
    .map(({ path }) => relative(root, path))
    .filter((file) => file.startsWith('docs/') && file !== 'docs/index.md')
    .map((file) => pagePath(file));
  const named = sidebarPages(createSidebar());
  expect(pages.length).toBeGreaterThan(20);
  expect(pages.filter((page) => !named.includes(page!))).toEqual([]);
  expect(named.filter((page, index) => named.indexOf(page) !== index)).toEqual([]);
});

it('has a page for every published package and for each of its entry points', () => {
  const named = sidebarPages(createSidebar());
  expect(named).toContain('packages/bezoar.md');
  expect(named).toContain('packages/qlora.md');
  expect(named).toContain('api/@bezoar/formats/node.md');
  expect(named).not.toContain('packages/golden.md');
});
