import type { PackageManager } from './package-manager.ts';
import { hasScript, makesRows, trains, type Project } from './project.ts';
import { readTemplate } from './read-template.ts';
import { renderEnvExample } from './render-env-example.ts';
import { renderPackageJson } from './render-package-json.ts';
import { renderReadme } from './render-readme.ts';
import { renderRecipe } from './render-recipe.ts';

export interface ProjectFile {
  /** In the project, with slashes. */
  readonly path: string;
  readonly text: string;
  /** What it is, for the README. */
  readonly about: string;
}

export interface ProjectFilesOptions {
  readonly project: Project;
  /** Of the packages that the project depends on. */
  readonly version: string;
  /** Whose commands the README shows. */
  readonly manager: PackageManager;
}

/** What every project has: where one of them is already, there is no place for another one. */
export const everyProject = [
  { path: 'recipe.yaml' },
  { path: 'package.json' },
  { path: 'README.md' },
] as const;

/** All files of a new project, in the order in which one reads them. */
export function projectFiles({ project, version, manager }: ProjectFilesOptions): ProjectFile[] {
  const file = (path: string, text: string, about: string): ProjectFile => ({ path, text, about });
  const when = (holds: boolean, ...files: ProjectFile[]): ProjectFile[] => (holds ? files : []);
  const fromTemplate = (path: string, about: string, name = path): ProjectFile =>
    file(path, readTemplate(name), about);

  const { goal, seeds, data, preferences } = project;
  const files = [
    file('recipe.yaml', renderRecipe(project), 'the whole run: models, settings, stages in order'),
    ...when(
      makesRows(project) && seeds === undefined,
      fromTemplate(
        'data/seeds.jsonl',
        'a sample of seeds; better ones are what your users ask',
        'data/rows.jsonl',
      ),
    ),
    ...when(
      goal === 'finetune' && data === undefined,
      fromTemplate('data/rows.jsonl', 'a sample of rows to learn; `instruction` and `response`'),
    ),
    ...when(
      goal === 'model' && preferences === undefined,
      fromTemplate('data/preferences.jsonl', 'a sample of preferences; `prompt`, `chosen` and `rejected`'),
      fromTemplate('data/preferences-test.jsonl', 'others, which are not trained on'),
    ),
    ...when(
      trains(project),
      fromTemplate('data/exam.jsonl', 'a sample of questions for the evaluation, in the columns of ARC'),
    ),
    ...when(
      hasScript(project, 'teacher'),
      fromTemplate(
        'src/teacher.ts',
        'a scripted teacher: no key is needed, and nothing worth learning comes out',
      ),
    ),
    ...when(hasScript(project, 'judge'), fromTemplate('src/judge.ts', 'a scripted judge')),
    ...when(
      goal === 'data',
      fromTemplate('src/stream.ts', 'rows in a program of your own, as they are made'),
    ),
    ...when(
      trains(project),
      fromTemplate('src/train.ts', 'the recipe as a part of a program of your own'),
      fromTemplate('src/ask.ts', 'asks the model that came out'),
    ),
    file('package.json', renderPackageJson(project, version), 'packages and scripts'),
    fromTemplate('tsconfig.json', 'strict types, for Node that runs TypeScript as it is'),
    file('.env.example', renderEnvExample(project), 'the keys that there are; `.env` has their values'),
    file('.gitignore', readTemplate('gitignore'), 'runs and keys stay out of git'),
  ];
  return [...files, file('README.md', renderReadme({ project, files, manager }), 'this page')];
}
