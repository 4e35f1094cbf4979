import type { HubRepo } from '@bezoar/hub';

/** What a stage leaves: rows, an adapter beside its base, or a model of its own. */
export type ReleaseForm = 'rows' | 'adapter' | 'model';

/** A stage of a run, and the repository that it goes to. */
export interface ReleaseEntry {
  readonly stage: string;
  readonly folder: string;
  readonly form: ReleaseForm;
  readonly repo: HubRepo;
  readonly license: string | undefined;
  /** A paragraph in Markdown, for the card. */
  readonly description: string | undefined;
}
