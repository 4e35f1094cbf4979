import { describe, expect, it } from 'vitest';
import { answerPrompts } from '../__fixtures__/answer-prompts.ts';
import { askWishes } from './ask-wishes.ts';
import type { ProjectWishes } from './project-wishes.ts';
import { settleProject, type SettledProject } from './settle-project.ts';

interface Asked extends SettledProject {
  readonly questions: readonly string[];
}

async function ask(
  answers: Readonly<Record<string, string>>,
  { wishes = {}, env = {} }: { readonly wishes?: ProjectWishes; readonly env?: Record<string, string> } = {},
): Promise<Asked> {
  const prompts = answerPrompts(answers);
  const told = await askWishes({ wishes, prompts, env, checkFolder: () => undefined });
  return { ...settleProject(told), questions: prompts.asked.map(({ message }) => message) };
}

describe('askWishes', () => {
  it('asks little, and takes what stands there', async () => {
    const { project, folder, questions } = await ask({});
    expect(questions).toHaveLength(5);
    expect(folder).toMatch(/bezoar-project$/);
    expect(project).toEqual(settleProject({}).project);
  });

  it('asks for no teacher where rows are there', async () => {
    const { project, questions } = await ask({ 'What should': 'finetune', 'Which rows': 'dolly' });
    expect(project).toMatchObject({ goal: 'finetune', data: 'hub:databricks/databricks-dolly-15k' });
    expect(questions).toEqual([
      'Where should the project go?',
      'What should it make?',
      'Which base model?',
      'Which rows should it learn?',
    ]);
  });

  it('asks for a judge and a budget where calls cost something', async () => {
    const answers = {
      'What should': 'data',
      'Which model': 'gpt-4o',
      'Who is the judge': 'anthropic:claude-haiku-4-5',
    };
    const { project } = await ask({ ...answers, 'How many': '12' }, { env: { OPENAI_API_KEY: 'sk-x' } });
    expect(project).toMatchObject({
      teacher: 'openai:gpt-4o',
      judge: 'anthropic:claude-haiku-4-5',
      budget: 12,
    });
  });

  it('asks for the address of a server, and for no budget of a model without a price', async () => {
    const answers = { 'What should': 'data', 'Who is the teacher': 'server', 'Which model': 'falcon-40b' };
    const { project, questions } = await ask(answers);
    expect(project).toMatchObject({
      teacher: 'openai:falcon-40b',
      judge: 'openai:falcon-40b',
      baseURL: 'http://127.0.0.1:8000/v1',
      budget: undefined,
    });
    expect(questions.some((question) => /judge|dollars/.test(question))).toBe(false);
  });

  it('does not ask for what flags have said', async () => {
    const wishes = {
      folder: 'here',
      goal: 'model',
      teacher: 'script',
      judge: 'script',
      base: 'hub:org/name',
    };
    expect((await ask({}, { wishes })).questions).toEqual(['Which seeds should new rows be like?']);
    const served = await ask(
      { 'Which model': 'own' },
      { wishes: { goal: 'data', baseURL: 'http://host/v1' } },
    );
    expect(served.project).toMatchObject({ teacher: 'openai:own', baseURL: 'http://host/v1' });
  });

  it.each([
    [{ 'What should': 'data', 'Who is the teacher': 'server', 'At which': 'localhost' }, /such as http:/],
    [{ 'What should': 'data', 'Who is the teacher': 'openai', 'Which model': '' }, /provider:model/],
    [{ 'Which seeds': 'own', 'Which file': './nowhere.jsonl' }, /There is no \.\/nowhere\.jsonl/],
  ])('refuses an answer that cannot be: %o', async (answers, problem) => {
    await expect(ask(answers)).rejects.toThrow(problem);
  });
});
