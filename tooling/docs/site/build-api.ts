/**
 * `pnpm docs:api`: writes the reference into docs/api, a Markdown page for each module that a published package exports, and one of
 * all commands and flags. Exits with 1 when a docstring links to what does not exist, or an exported function, class or value has none.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Application, Comment, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { root } from '../../workspace/read-packages.ts';
import { readCliCommands } from '../read-cli-commands.ts';
import { readEntryPoints } from './read-entry-points.ts';
import { renderCommands } from './render-commands.ts';
import { undocumentedExports } from './undocumented-exports.ts';

const out = join(root, 'docs/api');
const tsconfig = join(root, '.cache/api/tsconfig.json');
const entryPoints = readEntryPoints();
/** Where the sources can be read; see docs/.vitepress/config.ts. */
const sources = process.env['BEZOAR_DOCS_SOURCES'];

mkdirSync(dirname(tsconfig), { recursive: true });
writeFileSync(
  tsconfig,
  JSON.stringify({
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { composite: false, noEmit: true },
    files: entryPoints.map(({ file }) => file),
  }),
);

const options: TypeDocOptions & Partial<PluginOptions> & Readonly<Record<string, unknown>> = {
  entryPoints: entryPoints.map(({ file }) => file),
  tsconfig,
  plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
  // The build has checked the types.
  skipErrorChecking: true,
  name: 'API reference',
  readme: 'none',
  disableGit: true,
  basePath: root,
  ...(sources === undefined
    ? { disableSources: true }
    : { sourceLinkTemplate: `${sources}/packages/{path}#L{line}` }),
  excludeInternal: true,
  excludeExternals: true,
  githubPages: false,
  // Types that an exported one is made of need not be exported themselves.
  validation: { invalidLink: true, notExported: false, notDocumented: false },
  treatValidationWarningsAsErrors: true,
  router: 'module',
  groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases'],
  indexFormat: 'table',
  useHTMLAnchors: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  propertyMembersFormat: 'table',
  typeDeclarationFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  // All of them are readonly.
  tableColumnSettings: { hideModifiers: true, hideSources: true },
  out,
  docsRoot: join(root, 'docs'),
  sidebar: { autoConfiguration: false },
};
const app = await Application.bootstrapWithPlugins(options);
const project = await app.convert();
if (!project) throw new Error('TypeDoc could not read the entry points.');

const byPath = new Map(
  entryPoints.map((each) => [relative(root, each.file).replace(/(\/index)?\.ts$/, ''), each]),
);
for (const module of project.children ?? []) {
  const { name, file, description } = byPath.get(module.name)!;
  module.name = name;
  const folder = /packages\/[^/]+/.exec(file)![0];
  const readme = relative(dirname(join(out, name)), join(root, folder, 'README.md'));
  const text = `${description}\n\nHow it is used: [the package's page](${readme}).`;
  module.comment = new Comment([{ kind: 'text', text }]);
}
app.validate(project);
const bare = undocumentedExports(project);
for (const name of bare) app.logger.error(`${name} has no docstring.`);
rmSync(out, { recursive: true, force: true });
await app.generateOutputs(project);
writeFileSync(join(out, 'commands.md'), renderCommands((await readCliCommands()).values()));
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
