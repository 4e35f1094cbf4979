import { askAccount, planPublish, type HubOptions, type PublishPlan } from '@bezoar/hub';
import { BezoarError } from '@bezoar/core';
import { suggestName } from '../../recipe/suggest-name.ts';
import { preparePublication, type Publication } from '../prepare-publication.ts';
import { findProblems } from './find-problems.ts';
import type { ReleaseEntry } from './release-entry.ts';
import { releaseLinks } from './release-links.ts';
import type { Release } from './release.ts';

export interface PlanReleaseOptions extends HubOptions {
  readonly release: Release;
  /** Stages or names of repositories; all by default. */
  readonly only?: readonly string[] | undefined;
  readonly tag?: string | undefined;
  readonly branch?: string | undefined;
  /** Of every commit. */
  readonly message: string;
  readonly isPrivate?: boolean | undefined;
  readonly dryRun: boolean;
}

/** A repository of a release that is ready to go. */
export interface PlannedEntry {
  readonly entry: ReleaseEntry;
  readonly publication: Publication;
  readonly plan: PublishPlan;
}

/**
 * Checks all of a release and reads every file of it. Nothing is sent. Throws BezoarError BAD_CONFIG, with all that is wrong as
 * `data.problems`; PROVIDER_AUTH, PROVIDER_UNAVAILABLE, INTERRUPTED.
 */
export async function planRelease(options: PlanReleaseOptions): Promise<PlannedEntry[]> {
  const { release, only, tag, branch, message, isPrivate, dryRun, ...hub } = options;
  const entries = chosen(release, only);
  const account = await askAccount({ ...hub, repo: entries[0]!.repo });
  refuseWith(await findProblems({ release, entries, account }));
  const planned: PlannedEntry[] = [];
  const problems: string[] = [];
  for (const entry of entries) {
    const { folder, repo, license, description } = entry;
    try {
      const publication = await preparePublication({
        ...{ folder, license, description, name: repo.name, type: repo.type },
        evaluations: [],
        release: { ...release, links: releaseLinks(entry, release) },
      });
      const { contents, exclude } = publication;
      const plan = await planPublish({
        ...hub,
        ...{ repo, folder, contents, exclude, message, tag, branch, isPrivate, dryRun },
      });
      planned.push({ entry, publication, plan });
    } catch (error) {
      if (!BezoarError.isInstance(error) || endsAll.includes(error.code)) throw error;
      problems.push(`${repo.name}: ${error.message} ${error.advice ?? ''}`.trim());
    }
  }
  refuseWith(problems);
  return planned;
}

/** What is no matter of one repository. */
const endsAll: readonly string[] = ['PROVIDER_AUTH', 'PROVIDER_UNAVAILABLE', 'INTERRUPTED'];

function chosen({ entries }: Release, only: readonly string[] | undefined): readonly ReleaseEntry[] {
  if (only === undefined) return entries;
  const namesOf = ({ stage, repo }: ReleaseEntry): string[] => [stage, repo.name, repo.name.split('/')[1]!];
  const known = entries.flatMap(namesOf);
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined || only.length === 0) {
    throw new BezoarError(
      'BAD_CONFIG',
      `--only: nothing of this release is called ${unknown ?? 'nothing'}.`,
      {
        advice: suggestName(unknown ?? '', known),
      },
    );
  }
  return entries.filter((entry) => namesOf(entry).some((name) => only.includes(name)));
}

function refuseWith(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  throw new BezoarError(
    'BAD_CONFIG',
    `Nothing was published: there ${problems.length === 1 ? 'is' : 'are'} ${count}.`,
    {
      advice: 'Solve what stands above, and publish again.',
      data: { problems },
    },
  );
}
