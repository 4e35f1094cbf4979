import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkReferences } from '../recipe/check-references.ts';
import { parseRecipe } from '../recipe/parse-recipe.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { guessPackageManager } from './package-manager.ts';
import { projectFiles } from './project-files.ts';
import type { ProjectWishes } from './project-wishes.ts';
import { goals } from './project.ts';
import { settleProject } from './settle-project.ts';
import { toolVersions } from './tool-versions.ts';

const npm = guessPackageManager({});

function files(wishes: ProjectWishes, manager = npm): Map<string, string> {
  const { project } = settleProject(wishes);
  return new Map(
    projectFiles({ project, version: '1.2.3', manager }).map(({ path, text }) => [path, text] as const),
  );
}

function recipe(wishes: ProjectWishes): Recipe {
  const parsed = parseRecipe(files(wishes).get('recipe.yaml')!, 'recipe.yaml');
  checkReferences(parsed);
  return parsed;
}

describe('the recipe', () => {
  it.each(goals)('of %s is one', (goal) => {
    const { name, stages } = recipe({ goal, folder: 'my-run' });
    expect(name).toBe('my-run');
    const kinds = Object.values(stages).map(({ kind }) => kind);
    expect(kinds).toEqual(
      {
        data: ['lamini', 'clean', 'filter'],
        finetune: ['sft', 'eval'],
        model: ['lamini', 'clean', 'filter', 'sft', 'merge', 'dpo', 'eval'],
      }[goal],
    );
  });

  it('holds what was said', () => {
    const said = recipe({
      teacher: 'openai:falcon-40b',
      judge: 'anthropic:claude-haiku-4-5',
      baseURL: 'http://127.0.0.1:8000/v1',
      base: 'hub:org/name@v1',
      seeds: 'hub:org/seeds?split=train',
      preferences: 'hub:Anthropic/hh-rlhf',
    });
    expect(said.models['teacher']).toEqual({
      model: 'openai:falcon-40b',
      baseURL: 'http://127.0.0.1:8000/v1',
    });
    expect(said.models['judge']).toEqual({ model: 'anthropic:claude-haiku-4-5' });
    expect(said.base).toBe('hub:org/name@v1');
    expect(said.stages).toMatchObject({
      written: { seeds: 'hub:org/seeds?split=train' },
      preferred: { preferences: 'hub:Anthropic/hh-rlhf' },
    });
    expect(recipe({ teacher: 'openai:gpt-4o-mini' }).budget).toBe(5);
  });

  it.each(['0', '1e3', 'true', 'no', '12.5'])(
    'is called %s as a text, not as what YAML makes of it',
    (folder) => {
      expect(parse(files({ folder, goal: 'data' }).get('recipe.yaml')!)).toMatchObject({ name: folder });
    },
  );

  it.each(['a: b, c', "it's # odd", 'x [1] {2}'])('can name the folder %s', (folder) => {
    const base = recipe({ base: '.', folder: `${folder}/deep/project` }).base;
    expect(base).toBe('../../..');
    expect(
      recipe({ goal: 'finetune', folder: 'p', data: 'hub:o/n?config=a,b&split=x' }).stages['tuned'],
    ).toMatchObject({
      rows: 'hub:o/n?config=a,b&split=x',
    });
  });
});

describe('the files', () => {
  it('are samples only where nothing else was named', () => {
    const data = (wishes: ProjectWishes): string[] =>
      [...files(wishes).keys()].filter((path) => path.startsWith('data/'));
    expect(data({ goal: 'data' })).toEqual(['data/seeds.jsonl']);
    expect(data({ goal: 'data', seeds: 'hub:a/b' })).toEqual([]);
    expect(data({ goal: 'finetune' })).toEqual(['data/rows.jsonl', 'data/exam.jsonl']);
    expect(data({ goal: 'model', seeds: 'hub:a/b', preferences: 'hub:c/d' })).toEqual(['data/exam.jsonl']);
  });

  it('have scripts in the place of models only where those are wanted', () => {
    const scripts = (wishes: ProjectWishes): string[] =>
      [...files(wishes).keys()].filter((path) => /teacher|judge/.test(path));
    expect(scripts({})).toEqual(['src/teacher.ts', 'src/judge.ts']);
    expect(scripts({ teacher: 'openai:gpt-4o-mini', judge: 'script' })).toEqual(['src/judge.ts']);
    expect(scripts({ goal: 'finetune' })).toEqual([]);
  });

  it.each(goals)('of %s depend on what their programs import, in this version', (goal) => {
    const made = files({ goal, judge: goal === 'finetune' ? undefined : 'openai:gpt-4o-mini' });
    const { dependencies } = JSON.parse(made.get('package.json')!) as {
      dependencies: Record<string, string>;
    };
    const programs = [...made].filter(([path]) => path.startsWith('src/')).map(([, text]) => text);
    const imported = programs.flatMap((text) =>
      Array.from(text.matchAll(/from '((?:@bezoar\/[\w-]+)|bezoar)(?:\/\w+)?'/g), ([, name]) => name!),
    );
    expect(Object.keys(dependencies).sort()).toEqual([...new Set(imported)].sort());
    expect(new Set(Object.values(dependencies))).toEqual(new Set(['^1.2.3']));
  });

  it('name the keys that are needed, never a value', () => {
    expect(files({ goal: 'data', teacher: 'openai:gpt-4o' }).get('.env.example')).toMatch(
      /^OPENAI_API_KEY=$/m,
    );
    const both = files({ teacher: 'anthropic:claude-haiku-4-5', judge: 'openai:gpt-4o' });
    expect(both.get('.env.example')).toMatch(/^ANTHROPIC_API_KEY=\nOPENAI_API_KEY=$/m);
    expect(files({ goal: 'finetune' }).get('.env.example')).not.toContain('OPENAI');
    expect(both.get('.gitignore')).toMatch(/^\.env$/m);
  });

  it('speak of the package manager that started it', () => {
    const readme = (agent: string): string =>
      files({ teacher: 'openai:gpt-4o' }, guessPackageManager({ npm_config_user_agent: agent })).get(
        'README.md',
      )!;
    expect(readme('npm/11.0.0 node/v24')).toMatch(/npm run ask -- "Why/);
    expect(readme('pnpm/12.21.0 npm/? node/v24')).toMatch(
      /pnpm exec bezoar plan[^]*pnpm start[^]*pnpm run ask "Why/,
    );
    expect(readme('yarn/4.1.0')).toMatch(/yarn install/);
    expect(readme('unheard-of/1')).toMatch(/npm install/);
  });

  it('are type-checked with the tools of this workspace', () => {
    const { catalog } = parse(
      readFileSync(new URL('../../../../pnpm-workspace.yaml', import.meta.url), 'utf8'),
    ) as { readonly catalog: Record<string, string> };
    for (const [name, version] of Object.entries(toolVersions)) expect(version.slice(1)).toBe(catalog[name]);
  });
});
