import type { HubAccount } from '@bezoar/hub';
import { join } from 'node:path';
import { readFinishedStage, type FinishedStage } from '../../run/stage-folder.ts';
import { stageInputs } from '../../run/stage-inputs.ts';
import { settingsOf } from '../../run/stage-settings.ts';
import { isLicense } from '../card-license.ts';
import { noOrganisation } from './open-release.ts';
import type { ReleaseEntry } from './release-entry.ts';
import { ancestorsOf, releaseLinks } from './release-links.ts';
import type { Release } from './release.ts';

export interface FindProblemsOptions {
  readonly release: Release;
  /** What of it is to be published now. */
  readonly entries: readonly ReleaseEntry[];
  /** Whose token it is; undefined where there is none, or the Hub does not tell. */
  readonly account: HubAccount | undefined;
}

/** All that keeps a release from being published and can be known without reading a model: one sentence each. */
export async function findProblems(options: FindProblemsOptions): Promise<string[]> {
  return [
    ...nameProblems(options),
    ...accountProblems(options),
    ...licenseProblems(options),
    ...baseProblems(options),
    ...(await stageProblems(options)),
  ];
}

function nameProblems({ entries }: FindProblemsOptions): string[] {
  const names = entries.map(({ repo }) => repo.name);
  const nameless = names.filter((name) => name.startsWith(`${noOrganisation}/`));
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  return [
    ...(nameless.length === 0
      ? []
      : [`${list(nameless)} have no organisation: --org my-org, or org: in the recipe's publish.`]),
    ...(twice.length === 0 ? [] : [`Two stages go to ${list(twice)}.`]),
  ];
}

function accountProblems({ entries, account }: FindProblemsOptions): string[] {
  if (account === undefined) return [];
  const { name, orgs, role } = account;
  const needed = new Set(entries.map(({ repo }) => repo.name.split('/')[0]!));
  const foreign = [...needed].filter(
    (each) =>
      each !== noOrganisation && ![name, ...orgs].some((own) => own.toLowerCase() === each.toLowerCase()),
  );
  return [
    ...(role === 'read' ? [`The token of ${name} may only read: one with the role "write" is needed.`] : []),
    ...(foreign.length === 0
      ? []
      : [
          `${name}, whose token this is, does not belong to ${list(foreign)} (but to: ${list(orgs) || 'none'}).`,
        ]),
  ];
}

function licenseProblems({ entries }: FindProblemsOptions): string[] {
  const without = entries.filter(({ license }) => license === undefined || license === 'unknown');
  const wrong = entries.filter((entry) => !without.includes(entry) && !isLicense(entry.license!));
  return [
    ...(without.length === 0
      ? []
      : [
          `${list(without.map(({ stage }) => stage))} have no licence: license: in the recipe's publish, or --license.`,
        ]),
    ...wrong.map(({ stage, license }) => `${stage}: ${JSON.stringify(license)} names no licence.`),
  ];
}

function baseProblems({ release, entries }: FindProblemsOptions): string[] {
  const without = entries.filter(
    (entry) => entry.form === 'adapter' && releaseLinks(entry, release).base === undefined,
  );
  return without.map(
    ({ stage }) =>
      `The adapter ${stage} stands on a model that is not on the Hub: publish that stage too, or name the base with base: or --base-model.`,
  );
}

/** Everything that a card tells of must be done, as the recipe has it now. */
async function stageProblems({ release, entries }: FindProblemsOptions): Promise<string[]> {
  const { recipe, runDir } = release;
  const models = new Set(
    entries.flatMap((entry) => [entry.stage, releaseLinks(entry, release).merged?.stage ?? entry.stage]),
  );
  const scoring = Object.keys(recipe.stages).filter((id) => {
    const stage = recipe.stages[id]!;
    const isEvaluation = stage.kind === 'eval' || stage.kind === 'mt-bench';
    return isEvaluation && (stage.models ?? []).some((model) => models.has(model));
  });
  const needed = new Set([...entries.flatMap(({ stage }) => [...ancestorsOf(stage, recipe)]), ...scoring]);
  const found = new Map<string, FinishedStage | undefined>();
  for (const id of Object.keys(recipe.stages))
    if (needed.has(id)) found.set(id, await readFinishedStage(join(runDir, id)));

  const [missing, changed, outdated]: [string[], string[], string[]] = [[], [], []];
  for (const [id, finished] of found) {
    const stage = recipe.stages[id]!;
    if (finished === undefined) missing.push(id);
    else if (finished.settings !== undefined && !isSame(finished.settings, settingsOf(stage, recipe)))
      changed.push(id);
    else {
      const { rows, models: from } = stageInputs(stage);
      const isNewer = (input: string): boolean => (found.get(input)?.finished ?? '') > finished.finished;
      if ([...rows, ...from].some(isNewer)) outdated.push(id);
    }
  }
  const again = 'bezoar run goes on with the recipe';
  return [
    ...(missing.length === 0 ? [] : [`${list(missing)}: not done in ${runDir}; ${again}.`]),
    ...(changed.length === 0
      ? []
      : [`${list(changed)}: done with other settings than the recipe's; ${again}.`]),
    ...(outdated.length === 0 ? [] : [`${list(outdated)}: older than what they were made of; ${again}.`]),
  ];
}

/** As JSON keeps them. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function list(names: readonly string[]): string {
  return names.join(', ');
}
