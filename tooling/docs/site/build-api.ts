/**
 * `node tooling/docs/site/build-api.ts`: writes the API reference into docs/api, a Markdown page for each module that a published package exports.
 * Exits with 1 when a docstring links to what does not exist.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Application, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { root } from '../../workspace/read-packages.ts';
import { readEntryPoints } from './read-entry-points.ts';

const out = join(root, 'docs/api');
const tsconfig = join(root, '.cache/api/tsconfig.json');
const entryPoints = readEntryPoints();

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
  readme: 'none',
  disableGit: true,
  disableSources: true,
  excludeInternal: true,
  excludeExternals: true,
  githubPages: false,
  // Types that an exported one is made of need not be exported themselves.
  validation: { invalidLink: true, notExported: false, notDocumented: false },
  treatValidationWarningsAsErrors: true,
  router: 'module',
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
  tableColumnSettings: { hideModifiers: true },
  out,
  docsRoot: join(root, 'docs'),
  sidebar: { autoConfiguration: false },
};
const app = await Application.bootstrapWithPlugins(options);
const project = await app.convert();
if (!project) throw new Error('TypeDoc could not read the entry points.');
const nameOf = new Map(
  entryPoints.map(({ file, name }) => [
    relative(join(root, 'packages'), file).replace(/(\/index)?\.ts$/, ''),
    name,
  ]),
);
for (const module of project.children ?? []) module.name = nameOf.get(module.name) ?? module.name;
app.validate(project);
rmSync(out, { recursive: true, force: true });
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
