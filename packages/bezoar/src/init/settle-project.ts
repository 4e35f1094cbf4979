import { BezoarError } from '@bezoar/core';
import { isHubReference } from '@bezoar/hub';
import { defaultPrices, findPrice, parseModelSpec } from '@bezoar/llm';
import { existsSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { suggestName } from '../recipe/suggest-name.ts';
import { isUrl } from '../run/url-file.ts';
import { projectName } from './project-name.ts';
import { flagsOfGoals, type ProjectWishes } from './project-wishes.ts';
import { defaultBase, defaultBudget, goals, type Goal, type Project, type ProjectModel } from './project.ts';

export interface SettledProject {
  /** Absolute. */
  readonly folder: string;
  readonly project: Project;
}

/**
 * The project that is wished for, with defaults for the rest: a scripted teacher, samples, a model that a laptop trains. Throws
 * BezoarError BAD_CONFIG (a wish that is another goal's, a model, address or budget that makes no sense), or NOT_FOUND.
 */
export function settleProject(wishes: ProjectWishes): SettledProject {
  const goal = readGoal(wishes.goal ?? 'model');
  checkWishes({ ...wishes, goal });
  const folder = resolve(wishes.folder ?? 'bezoar-project');
  const teacher = readModel('teacher', wishes.teacher ?? 'script');
  const judge = readModel('judge', wishes.judge ?? teacher);
  const place = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : inProject(folder, value);
  const project: Project = {
    name: projectName(folder),
    goal,
    teacher,
    judge,
    baseURL: readBaseURL(wishes.baseURL, [teacher, judge]),
    budget: readBudget(wishes.budget, [teacher, judge]),
    base: place(wishes.base) ?? defaultBase,
    seeds: place(wishes.seeds),
    data: place(wishes.data),
    preferences: place(wishes.preferences),
  };
  return { folder, project };
}

/** What can be said of wishes before the rest is known. Throws as `settleProject` does. */
export function checkWishes(wishes: ProjectWishes): void {
  const { goal, teacher, judge } = wishes;
  if (goal !== undefined) refuseStrays(wishes, readGoal(goal));
  if (teacher !== undefined) readModel('teacher', teacher);
  if (judge !== undefined) readModel('judge', judge);
  for (const flag of ['base', 'seeds', 'data', 'preferences'] as const) {
    const value = wishes[flag];
    if (value !== undefined) requireInput({ flag, value });
  }
}

function readGoal(text: string): Goal {
  const goal = goals.find((each) => each === text);
  if (goal !== undefined) return goal;
  throw misuse(`There is no goal ${text}.`, suggestName(text, goals));
}

function refuseStrays(wishes: ProjectWishes, goal: Goal): void {
  for (const [wish, { flag, goals: of }] of Object.entries(flagsOfGoals)) {
    if (wishes[wish as keyof ProjectWishes] === undefined || of.some((each) => each === goal)) continue;
    throw misuse(
      `--${flag} is for ${of.join(' and ')}, not for ${goal}.`,
      `Leave it away, or take --goal ${of[0]}.`,
    );
  }
}

/** Throws BezoarError BAD_CONFIG. */
export function readModel(flag: string, text: string): ProjectModel {
  if (text === 'script') return text;
  const { provider } = parseModelSpec(text);
  if (provider !== 'script') return text;
  throw misuse(
    `--${flag} is ${text}.`,
    `Write --${flag} script: the project gets src/${flag}.ts, to be changed.`,
  );
}

/** Throws BezoarError BAD_CONFIG. */
export function readBaseURL(text: string | undefined, models: readonly ProjectModel[]): string | undefined {
  if (text === undefined) return undefined;
  if (!/^https?:\/\/[^/]/.test(text) || !URL.canParse(text))
    throw misuse(`--base-url is "${text}".`, 'Write an address such as http://127.0.0.1:8000/v1.');
  if (models.some((model) => model.startsWith('openai:'))) return text;
  throw misuse('--base-url is for models of a server.', 'Name one: --teacher openai:NAME.');
}

/** Whether the list prices know what these models cost, and that it is something. */
export function isPriced(models: readonly ProjectModel[]): boolean {
  const paid = models.filter((model) => model !== 'script');
  return paid.length > 0 && paid.every((model) => findPrice(defaultPrices, model) !== undefined);
}

function readBudget(budget: number | undefined, models: readonly ProjectModel[]): number | undefined {
  if (budget === undefined) return isPriced(models) ? defaultBudget : undefined;
  if (budget <= 0) throw misuse(`--budget is ${budget}.`, 'Write how many US dollars may be spent.');
  const unknown = models.find((model) => model !== 'script' && findPrice(defaultPrices, model) === undefined);
  if (unknown === undefined) return budget;
  throw misuse(
    `There is no list price for ${unknown}, so a budget would hold nothing.`,
    'Leave --budget away, and write price and budget into recipe.yaml.',
  );
}

interface GivenPath {
  readonly flag: string;
  readonly value: string;
}

/** Throws BezoarError NOT_FOUND for a path that is not there. */
export function requireInput({ flag, value }: GivenPath): void {
  if (isElsewhere(value) || existsSync(resolve(value))) return;
  throw new BezoarError('NOT_FOUND', `There is no ${value}, which --${flag} names.`, {
    advice: 'Check the path; on the Hugging Face Hub it is hub:org/name.',
  });
}

function isElsewhere(value: string): boolean {
  return isHubReference(value) || isUrl(value);
}

/** A path as the recipe writes it; what is on the Hub or the web keeps its name. */
function inProject(folder: string, value: string): string {
  if (isElsewhere(value)) return value;
  const short = relative(folder, resolve(value)).split(sep).join('/');
  return short.startsWith('../') ? short : `./${short}`;
}

function misuse(message: string, advice: string): BezoarError {
  return new BezoarError('BAD_CONFIG', message, { advice, data: { usage: true } });
}
