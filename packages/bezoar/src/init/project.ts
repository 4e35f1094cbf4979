/** What a new project is for: rows, an adapter from rows that are there, or all of it with preferences at the end. */
export const goals = ['data', 'finetune', 'model'] as const;
export type Goal = (typeof goals)[number];

/** A chat model as a project names it: `openai:NAME`, `anthropic:NAME`, or `script`, which stands for a file of the project. */
export type ProjectModel = 'script' | (string & {});

/** All that decides the files of a new project. What its goal has no use for is not looked at. */
export interface Project {
  /** Of the recipe and of the package: lower case, digits, `-`, `_` and `.`. */
  readonly name: string;
  readonly goal: Goal;
  /** Writes rows; judges them. */
  readonly teacher: ProjectModel;
  readonly judge: ProjectModel;
  /** Of `openai:` models: any server that speaks the protocol. */
  readonly baseURL: string | undefined;
  /** US dollars. */
  readonly budget: number | undefined;
  /** `hub:org/name`, or a folder. As all paths here, as the recipe writes it: relative to the project. */
  readonly base: string;
  /** Rows that new ones are written after; undefined: a sample is written. */
  readonly seeds: string | undefined;
  /** Rows to learn; undefined: a sample. */
  readonly data: string | undefined;
  /** Preference pairs; undefined: a sample. */
  readonly preferences: string | undefined;
}

/** Small enough for a laptop without a GPU: 135 million weights. */
export const defaultBase = 'hub:HuggingFaceTB/SmolLM2-135M';
/** US dollars, where all models have a price. */
export const defaultBudget = 5;

/** Where samples lie in the project. */
export const sampleFiles = {
  seeds: './data/seeds.jsonl',
  data: './data/rows.jsonl',
  preferences: './data/preferences.jsonl',
} as const;

export function makesRows({ goal }: Pick<Project, 'goal'>): boolean {
  return goal !== 'finetune';
}

export function trains({ goal }: Pick<Project, 'goal'>): boolean {
  return goal !== 'data';
}

/** Whether the project has a script in the place of a model. */
export function hasScript(project: Project, role: 'teacher' | 'judge'): boolean {
  return makesRows(project) && project[role] === 'script';
}
