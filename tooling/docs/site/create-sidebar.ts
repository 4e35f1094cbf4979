import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { readPackages, root } from '../../workspace/read-packages.ts';
import { pagePath } from './page-path.ts';
import { readEntryPoints } from './read-entry-points.ts';

type Item = DefaultTheme.SidebarItem;

/** The site's table of contents. Files are paths in the checkout, in the order of reading; a page is called by its first heading. */
export function createSidebar(): Item[] {
  return [
    section('Start', [
      page('docs/quick-start.md'),
      page('docs/coming-from-python.md'),
      page('docs/recipe-beside-the-paper.md'),
    ]),
    section('Concepts', [
      page('docs/concepts/rows-and-lineage.md'),
      page('docs/concepts/calls-and-budgets.md'),
      page('docs/concepts/prints-and-resume.md'),
      page('docs/concepts/losses.md'),
      page('docs/concepts/backends-and-precision.md'),
      page('docs/concepts/nf4-and-qlora.md'),
      page('docs/concepts/dpo-and-the-reference.md'),
      page('docs/concepts/scoring.md'),
    ]),
    section('Handbook', [
      page('docs/cli.md'),
      { text: 'Commands and flags', link: '/api/commands' },
      page('docs/recipes.md'),
      page('docs/report.md'),
      { ...page('docs/datagen.md'), ...folded('docs/datagen') },
      page('docs/llm.md'),
      page('docs/sft.md'),
      page('docs/dpo.md'),
      page('docs/adapters.md'),
      page('docs/checkpoints.md'),
      page('docs/backends.md'),
      page('docs/evaluation.md'),
      page('docs/mt-bench.md'),
      page('docs/export.md'),
      page('docs/publish.md'),
    ]),
    section('How-to', pagesIn('docs/how-to')),
    section('Examples', [
      page('examples/README.md'),
      page('examples/row-server/README.md'),
      page('examples/own-backend/README.md'),
      page('examples/playground/README.md'),
    ]),
    section('Packages', packagePages()),
    { text: 'API reference', link: '/api/index', collapsed: true, items: apiPages() },
    section('Inside', [
      page('docs/architecture.md'),
      { text: 'Decisions', ...folded('docs/decisions') },
      page('CONTRIBUTING.md'),
      page('recipes/quickstart/README.md'),
    ]),
  ];
}

/** Every page that the contents name, as it stands on the site: `how-to/add-a-task.md`. */
export function sidebarPages(items: readonly Item[]): readonly string[] {
  return items.flatMap(({ link, items: inner }) => [
    ...(link === undefined ? [] : [`${link.slice(1)}.md`]),
    ...sidebarPages(inner ?? []),
  ]);
}

function section(text: string, items: Item[]): Item {
  return { text, items };
}

function folded(folder: string): Item {
  return { collapsed: true, items: pagesIn(folder) };
}

function page(file: string): Item {
  const heading = /^# (.+)$/m.exec(readFileSync(join(root, file), 'utf8'))?.[1] ?? file;
  return { text: heading, link: `/${pagePath(file)!.replace(/\.md$/, '')}` };
}

function pagesIn(folder: string): Item[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => page(`${folder}/${name}`));
}

function packagePages(): Item[] {
  const readmes = readPackages()
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder }) => ({ ...page(`${folder}/README.md`), name: basename(folder) }));
  const isMain = ({ name }: { readonly name: string }): boolean => name === 'bezoar';
  return [...readmes.filter(isMain), ...readmes.filter((item) => !isMain(item))].map(({ text, link }) => ({
    text,
    link,
  })) as Item[];
}

function apiPages(): Item[] {
  return readEntryPoints().map(({ name }) => ({ text: name, link: `/api/${name}` }));
}
