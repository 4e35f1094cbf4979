import { BezoarError } from '@bezoar/core';
import type { PublishedFolder } from '@bezoar/hub';
import type { PlannedEntry } from './plan-release.ts';
import type { ReleaseEntry } from './release-entry.ts';

export interface ReleaseResult {
  readonly entry: ReleaseEntry;
  /** `there`: the Hub had all of it. `stopped`: by the signal. */
  readonly state: 'published' | 'there' | 'failed' | 'stopped' | 'open';
  /** What was done, or was to be done. */
  readonly published: PublishedFolder;
}

export interface ReleaseOutcome {
  readonly results: readonly ReleaseResult[];
  /** What ended the release before its end. */
  readonly failure: unknown;
}

/** Publishes one repository after the other, and stops at the first that fails: what comes later may link to it. */
export async function publishRelease(
  planned: readonly PlannedEntry[],
  onPublished: (result: ReleaseResult) => void,
): Promise<ReleaseOutcome> {
  const results: ReleaseResult[] = [];
  let failure: unknown;
  for (const { entry, plan } of planned) {
    if (failure !== undefined) {
      results.push({ entry, state: 'open', published: plan });
      continue;
    }
    try {
      const published = await plan.publish();
      results.push({ entry, state: published.committed ? 'published' : 'there', published });
      onPublished(results.at(-1)!);
    } catch (error) {
      failure = error;
      results.push({ entry, state: isInterruption(error) ? 'stopped' : 'failed', published: plan });
    }
  }
  return { results, failure };
}

function isInterruption(error: unknown): boolean {
  return BezoarError.isInstance(error) && error.code === 'INTERRUPTED';
}
