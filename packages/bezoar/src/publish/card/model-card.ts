import type { Evaluations } from '../evaluations/read-evaluations.ts';
import type { StageRecord } from '../stage-record.ts';

/** What a model is to its base: an adapter beside it, another model, or the same one in fewer bits. */
export type ModelForm = 'adapter' | 'finetune' | 'quantized';

/** A repository that is published together with others. */
export interface PublishedTogether {
  readonly type: 'model' | 'dataset';
  readonly name: string;
  readonly license: string | undefined;
}

/** All that the card of a model is made of. */
export interface ModelCard {
  /** `org/name` */
  readonly name: string;
  readonly license: string;
  readonly form: ModelForm;
  /** On the Hub. */
  readonly base: string | undefined;
  /** The base model of the whole run, on the Hub. */
  readonly root: string | undefined;
  /** A paragraph in Markdown. */
  readonly description: string | undefined;
  /** ISO 639-1 codes. */
  readonly languages: readonly string[] | undefined;
  /** The stages that the model came through, the first one first. */
  readonly lineage: readonly StageRecord[];
  readonly evaluations: Evaluations;
  /** Repositories of the same release, by stage; also this one, where there is a release. */
  readonly together: ReadonlyMap<string, PublishedTogether>;
  /** The repository of the adapter that is folded in. */
  readonly adapter: string | undefined;
  /** The repository of the model that has this adapter folded in. */
  readonly merged: string | undefined;
}
