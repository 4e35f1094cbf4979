import { relative } from 'node:path';
import type { Plugin } from 'vitepress';
import { root } from '../../workspace/read-packages.ts';
import { readEntryPoints } from './read-entry-points.ts';

/** For Vite: the page of a package ends with links to the reference of its modules, which its README cannot have. */
export function referenceLinks(): Plugin {
  const modules = readEntryPoints();
  return {
    name: 'bezoar:reference-links',
    enforce: 'pre',
    transform(markdown, id) {
      const folder = /^(packages\/[^/]+)\/README\.md$/.exec(relative(root, id))?.[1];
      const own = modules.filter(({ file }) => relative(root, file).startsWith(`${folder ?? '?'}/`));
      if (own.length === 0) return undefined;
      const links = own.map(({ name }) => `[\`${name}\`](/api/${name}.md)`).join(', ');
      return `${markdown}\n\n---\n\nEvery export, from its docstring: ${links}\n`;
    },
  };
}
