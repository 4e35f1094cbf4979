import { BezoarError, describeError } from '@bezoar/core';
import type { Prompts, SelectOption } from '../cli/prompts.ts';
import type { ProjectWishes } from './project-wishes.ts';
import { defaultBase, defaultBudget, goals, type Goal } from './project.ts';
import { isPriced, readBaseURL, readModel, requireInput } from './settle-project.ts';

export interface AskWishesOptions {
  /** What is known already is not asked for. */
  readonly wishes: ProjectWishes;
  readonly prompts: Prompts;
  /** Refuses a folder: throws a BezoarError. */
  readonly checkFolder: (folder: string) => void;
  /** Which keys are there decides what is offered first. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Asks for what flags left open, one question after another. Throws what `prompts` throws. */
export async function askWishes(options: AskWishesOptions): Promise<ProjectWishes> {
  const { wishes, prompts, env, checkFolder } = options;
  const folder = wishes.folder ?? (await askFolder({ prompts, checkFolder }));
  const goal = wishes.goal ?? (await prompts.select(goalQuestion));
  const asked: ProjectWishes = { ...wishes, folder, goal };
  if (!goals.some((each) => each === goal)) return asked;
  const withRows = goal === 'finetune' ? asked : await askAboutRows(asked, { prompts, env });
  if (goal === 'data') return withRows;
  const base = wishes.base ?? (await askBase(prompts));
  if (goal === 'model' || wishes.data !== undefined) return { ...withRows, base };
  return { ...withRows, base, data: await askRows(prompts, 'Which rows should it learn?') };
}

function askFolder({
  prompts,
  checkFolder,
}: Pick<AskWishesOptions, 'prompts' | 'checkFolder'>): Promise<string> {
  return prompts.text({
    message: 'Where should the project go?',
    initial: './bezoar-project',
    check: (answer) =>
      answer === '' ? 'Write a folder; . is this one.' : complaint(() => checkFolder(answer)),
  });
}

const goalQuestion = {
  message: 'What should it make?',
  options: [
    {
      value: 'data',
      label: 'Rows',
      hint: 'a teacher writes instructions and answers, a judge looks at them',
    },
    { value: 'finetune', label: 'A model, from rows that I have', hint: 'QLoRA, then an evaluation' },
    { value: 'model', label: 'A model, from seeds', hint: 'rows, QLoRA, preferences, an evaluation' },
  ] satisfies SelectOption<Goal>[],
  initial: 'model',
} as const;

type Asking = Pick<AskWishesOptions, 'prompts' | 'env'>;

async function askAboutRows(wishes: ProjectWishes, { prompts, env }: Asking): Promise<ProjectWishes> {
  const given = wishes.teacher === undefined ? await askTeacher(wishes.baseURL, { prompts, env }) : {};
  const asked = { ...wishes, ...given };
  const { teacher } = asked;
  const judge = asked.judge ?? (await askJudge(asked, prompts));
  const seeds = asked.seeds ?? (await askRows(prompts, 'Which seeds should new rows be like?'));
  const models = [teacher, judge].filter((model) => model !== undefined);
  const budget = asked.budget ?? (isPriced(models) ? await askBudget(prompts) : undefined);
  return { ...asked, judge, seeds, budget };
}

type TeacherKind = 'script' | 'openai' | 'anthropic' | 'server';

/** Whoever has named an address has a server. */
async function askTeacher(
  address: string | undefined,
  { prompts, env }: Asking,
): Promise<Pick<ProjectWishes, 'teacher' | 'baseURL'>> {
  const has = (key: string): boolean => (env[key] ?? '') !== '';
  const hint = (key: string): string => (has(key) ? `${key} is set` : `needs ${key}`);
  const options: readonly SelectOption<TeacherKind>[] = [
    { value: 'script', label: 'A script', hint: 'no key, no cost: to see everything run' },
    { value: 'openai', label: 'OpenAI', hint: hint('OPENAI_API_KEY') },
    { value: 'anthropic', label: 'Anthropic', hint: hint('ANTHROPIC_API_KEY') },
    { value: 'server', label: 'A server of mine', hint: 'vLLM, llama.cpp, Ollama, …: the OpenAI protocol' },
  ];
  const initial = has('OPENAI_API_KEY') ? 'openai' : has('ANTHROPIC_API_KEY') ? 'anthropic' : 'script';
  const kind =
    address === undefined
      ? await prompts.select({ message: 'Who is the teacher?', options, initial })
      : 'server';
  if (kind === 'script') return { teacher: 'script' };
  const provider = kind === 'anthropic' ? 'anthropic' : 'openai';
  const baseURL =
    kind === 'server' && address === undefined
      ? await prompts.text({
          message: 'At which address?',
          initial: 'http://127.0.0.1:8000/v1',
          check: (answer) => complaint(() => readBaseURL(answer, ['openai:any'])),
        })
      : address;
  const initialName = { openai: 'gpt-4o-mini', anthropic: 'claude-haiku-4-5', server: '' }[kind];
  const name = await prompts.text({
    message: 'Which model?',
    initial: initialName,
    check: (answer) => complaint(() => readModel('teacher', `${provider}:${answer}`)),
  });
  return { teacher: `${provider}:${name}`, ...(baseURL === undefined ? {} : { baseURL }) };
}

/** A server of one's own rarely has two models, and a script needs no judge who knows more. */
async function askJudge({ teacher, baseURL }: ProjectWishes, prompts: Prompts): Promise<string | undefined> {
  if (teacher === undefined || teacher === 'script' || baseURL !== undefined) return teacher;
  return prompts.text({
    message: 'Who is the judge?',
    initial: teacher,
    check: (answer) => complaint(() => readModel('judge', answer)),
  });
}

async function askRows(prompts: Prompts, message: string): Promise<string | undefined> {
  const kind = await prompts.select({
    message,
    options: [
      { value: 'sample', label: 'A sample', hint: 'to be replaced later' },
      { value: 'dolly', label: 'dolly-15k', hint: 'hub:databricks/databricks-dolly-15k, 13 MB' },
      { value: 'own', label: 'A file of mine', hint: 'JSON Lines or Parquet, or hub:org/name' },
    ],
    initial: 'sample',
  });
  if (kind === 'sample') return undefined;
  if (kind === 'dolly') return 'hub:databricks/databricks-dolly-15k';
  return askPath(prompts, 'Which file?');
}

async function askBase(prompts: Prompts): Promise<string> {
  const base = await prompts.select({
    message: 'Which base model?',
    options: [
      { value: defaultBase, label: 'SmolLM2-135M', hint: 'trains on a laptop without a GPU' },
      { value: 'hub:Qwen/Qwen2.5-0.5B', label: 'Qwen2.5-0.5B', hint: 'better, and four times as slow' },
      { value: 'hub:HuggingFaceTB/SmolLM2-1.7B', label: 'SmolLM2-1.7B', hint: 'wants a GPU' },
      { value: 'own', label: 'Another one', hint: 'LLaMA, Mistral, Qwen2 or Qwen3' },
    ],
    initial: defaultBase,
  });
  return base === 'own' ? askPath(prompts, 'Which one? hub:org/name, or a folder') : base;
}

function askPath(prompts: Prompts, message: string): Promise<string> {
  return prompts.text({
    message,
    check: (answer) =>
      answer === ''
        ? 'Write its name.'
        : complaint(() => requireInput({ flag: 'the answer', value: answer })),
  });
}

async function askBudget(prompts: Prompts): Promise<number> {
  const answer = await prompts.text({
    message: 'How many US dollars may a run spend?',
    initial: String(defaultBudget),
    check: (text) => (Number(text) > 0 ? undefined : 'Write a number.'),
  });
  return Number(answer);
}

/** The sentence of a refusal, for a question that is asked again. */
function complaint(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (BezoarError.isInstance(error)) return describeError(error);
    throw error;
  }
}
