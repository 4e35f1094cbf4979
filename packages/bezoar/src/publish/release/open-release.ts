import { BezoarError } from '@bezoar/core';
import { join } from 'node:path';
import { hasAdapter } from '../../recipe/has-adapter.ts';
import type { RepoChoice } from '../../recipe/publish-choice.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { hubName } from '../../run/open-run-inputs.ts';
import { makesRows } from '../../stages/dataset-card.ts';
import type { ReleaseEntry, ReleaseForm } from './release-entry.ts';
import type { Release } from './release.ts';

export interface OpenReleaseOptions {
  readonly recipe: Recipe;
  readonly runDir: string;
  /** These go before what the recipe says. */
  readonly org?: string | undefined;
  readonly license?: string | undefined;
  readonly base?: string | undefined;
}

/** In place of an organisation that nobody has named. */
export const noOrganisation = 'ORG';

/** What a recipe publishes of its run, as it is written. Throws BezoarError BAD_CONFIG for a recipe that publishes nothing. */
export function openRelease(options: OpenReleaseOptions): Release {
  const { recipe, runDir } = options;
  const { publish } = recipe;
  if (publish === undefined) {
    throw new BezoarError('BAD_CONFIG', `The recipe ${recipe.name} does not say what of it is published.`, {
      advice: 'Add publish: { repos: { STAGE: name } }, or publish one folder with --from and --to.',
    });
  }
  const { org = publish.org ?? noOrganisation, license = publish.license } = options;
  const entries = Object.keys(recipe.stages).flatMap((stage): ReleaseEntry[] => {
    const choice = publish.repos[stage];
    if (choice === undefined) return [];
    const form = formOf(stage, recipe);
    const shared = form === 'rows' ? (recipe.dataset.license ?? license) : license;
    return [
      {
        ...{ stage, form, description: choice.description, folder: join(runDir, stage) },
        repo: { type: form === 'rows' ? 'dataset' : 'model', name: fullName(choice, org) },
        license: choice.license ?? shared,
      },
    ];
  });
  const base = options.base ?? publish.base ?? (recipe.base === undefined ? undefined : hubName(recipe.base));
  // A recipe has its stages in an order in which each comes after what it is made of.
  const isRows = ({ form }: ReleaseEntry): boolean => form === 'rows';
  return {
    ...{ recipe, runDir, base },
    entries: [...entries.filter(isRows), ...entries.filter((entry) => !isRows(entry))],
  };
}

function formOf(stage: string, recipe: Recipe): ReleaseForm {
  if (makesRows(recipe.stages[stage]!)) return 'rows';
  return hasAdapter(stage, recipe) ? 'adapter' : 'model';
}

function fullName({ name }: RepoChoice, org: string): string {
  return name.includes('/') ? name : `${org}/${name}`;
}
