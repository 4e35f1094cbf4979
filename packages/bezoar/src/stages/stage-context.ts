import type { Backend } from '@bezoar/backend';
import type { RunEvent } from '@bezoar/core';
import type { TcpGroup } from '@bezoar/distributed';
import type { AnswerStore } from '@bezoar/eval';
import type { ChatModel, CompletionModel } from '@bezoar/llm';
import type { ModelStats } from '@bezoar/llm';
import type { PromptTemplate } from '@bezoar/qlora';
import type { DatasetSource, Recipe } from '../recipe/recipe.ts';

/** A model on disk: a Hugging Face folder, and a PEFT folder on top of it where there is one. */
export interface ModelFolders {
  readonly folder: string;
  /** Its name on the Hub, where it is from there. */
  readonly hubName?: string | undefined;
  readonly adapter?: string | undefined;
}

/** What is known of the memory that a training will take. */
export interface BackendPlan {
  /** Bytes that a GPU gives at once. */
  readonly arena: number | undefined;
  readonly keepDecoded: boolean;
}

/** What a stage may use. The runner makes one for every stage. */
export interface StageContext {
  /** The stage's id. */
  readonly id: string;
  readonly recipe: Recipe;
  /** The stage's own folder. */
  readonly out: string;
  readonly signal: AbortSignal;
  /** The processes that train together, where there are several. */
  readonly group: TcpGroup | undefined;
  /** Absolute path of a file or folder that the recipe names. */
  readonly path: (reference: string) => string;
  /** Absolute paths of what the recipe names: a file, or those of a data set of the Hub. */
  readonly files: (reference: string) => readonly string[];
  /** Files of the rows that a stage made, or that the recipe names. */
  rowsFiles(reference: string): readonly string[];
  /** What is to be said about a data set of the Hub. Undefined for other rows. */
  readonly hubSource: (reference: string) => DatasetSource | undefined;
  /** Folders of `base` or of a stage's model. */
  model(reference: string): ModelFolders;
  /** The recipe's template, opened at its first use. */
  template(): Promise<PromptTemplate>;
  /** A chat model, its calls in the ledger and counted for this stage. */
  chat(name: string): ChatModel;
  /** The completions of a model of the recipe: not in the ledger, their answers are kept by evaluations. */
  completions(name: string): CompletionModel;
  /** What the chat models of some stages have cost so far, over all runs. */
  costs(stages: readonly string[]): readonly ModelStats[];
  /** Opened at the first use, shared by all stages. A GPU's is opened as the first plan says. */
  backend(plan?: BackendPlan): Promise<Backend>;
  /** What local models have answered in evaluations of this run; opened at the first use. */
  answers(): AnswerStore;
  readonly now: () => Date;
}

/** A stage's work: events on the way, figures at the end. Everything it makes lies in its folder when it returns. */
export type StageRun = AsyncGenerator<RunEvent, Readonly<Record<string, number>> | undefined>;
