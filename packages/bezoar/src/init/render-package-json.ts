import { trains, type Project } from './project.ts';
import { toolVersions } from './tool-versions.ts';

/** What the programs of `src/` import. */
const packagesOf = {
  data: ['core', 'datagen', 'formats', 'hub', 'llm'],
  finetune: ['backend-cpu', 'core', 'formats', 'hub', 'model', 'qlora'],
  model: ['backend-cpu', 'core', 'formats', 'hub', 'llm', 'model', 'qlora'],
} as const;

/** `version` is that of the running bezoar: all packages share one. */
export function renderPackageJson(project: Project, version: string): string {
  const own = packagesOf[project.goal].map((name) => `@bezoar/${name}`);
  const manifest = {
    name: project.name,
    version: '0.0.0',
    private: true,
    type: 'module',
    // The first Node that runs TypeScript as it is.
    engines: { node: '>=22.18' },
    scripts: {
      start: fromEnvFile('node_modules/bezoar/dist/bin.js run recipe.yaml'),
      ...(trains(project)
        ? { train: fromEnvFile('src/train.ts'), ask: fromEnvFile('src/ask.ts') }
        : { stream: fromEnvFile('src/stream.ts') }),
      check: 'tsc',
    },
    dependencies: Object.fromEntries([...own, 'bezoar'].map((name) => [name, `^${version}`])),
    devDependencies: { ...toolVersions },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Keys come from `.env`, on every system and with every package manager. */
function fromEnvFile(program: string): string {
  return `node --env-file-if-exists=.env ${program}`;
}
