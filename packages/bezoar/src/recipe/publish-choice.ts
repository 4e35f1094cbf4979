/** A release: which stages of a run go to which repositories of the Hugging Face Hub. */
export interface PublishChoice {
  /** Organisation or account of the repositories whose names have none. */
  readonly org?: string | undefined;
  /** Identifier of the models' licence, and of the rows' where `dataset` names none. */
  readonly license?: string | undefined;
  readonly private?: boolean | undefined;
  /** Names the commit of every repository, as a version. */
  readonly tag?: string | undefined;
  /** The base model's name on the Hub, where the recipe has it from a folder. */
  readonly base?: string | undefined;
  /** By stage. */
  readonly repos: Readonly<Record<string, RepoChoice>>;
}

export interface RepoChoice {
  /** `name`, or `org/name`. */
  readonly name: string;
  readonly license?: string | undefined;
  /** A paragraph in Markdown, for the card. */
  readonly description?: string | undefined;
}
