/** A repository as the server keeps it. */
export interface HubServerRepo {
  readonly type: 'model' | 'dataset';
  readonly name: string;
  /** `gated`: asks for conditions to be accepted. `private`: seems not to exist without the token. */
  readonly access?: 'gated' | 'private';
  /** By path. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

export interface HubServerOptions {
  readonly repos: readonly HubServerRepo[];
  /** The only token that is accepted, with `readToken`. */
  readonly token?: string;
  /** One that may read what `token` may, and write nothing. */
  readonly readToken?: string;
  /** Whose tokens these are; `tester`, of the organisation `org`, by default. */
  readonly account?: { readonly name: string; readonly orgs: readonly string[] };
  /** Files of one page of a list; all by default. */
  readonly pageSize?: number;
  /** Large files above this many bytes are taken in parts of so many; in one piece by default. */
  readonly partBytes?: number;
  /** What happens to the request with this number; an answer as usual where it is undefined. */
  readonly fault?: (request: HubServerRequest) => HubServerFault | undefined;
}

export interface HubServerRequest {
  /** 0-based, over all requests. */
  readonly index: number;
  /** `storage` is another origin, to which addresses of large files lead. */
  readonly host: 'hub' | 'storage';
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Bytes of the body that were sent. */
  sent: number;
  /** Bytes of the request's own body that have arrived. */
  received: number;
}

export type HubServerFault =
  | 'hang-up'
  | 'no-ranges'
  /** The right length, one byte of it wrong. */
  | 'corrupt'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Does what is asked, sends so many bytes of the answer, then hangs up, ends as if that were all, or falls silent. */
  | { readonly after: number; readonly then: 'hang-up' | 'end' | 'silence' }
  /** Takes so many bytes of the request's body, then hangs up, or takes no more. */
  | { readonly upTo: number; readonly then: 'hang-up' | 'silence' };

export interface HubServer {
  /** For `HF_ENDPOINT`. */
  readonly url: string;
  readonly requests: readonly HubServerRequest[];
  /** Replaces the files of a branch, which is at another commit from now on. Returns the commit. */
  commit(change: HubServerCommit): string;
  /** Commit of a main branch. */
  head(type: HubServerRepo['type'], name: string): string;
  /** What a repository has now; undefined when it is not there. */
  look(type: HubServerRepo['type'], name: string): HubServerState | undefined;
  close(): Promise<void>;
}

export interface HubServerCommit extends Pick<HubServerRepo, 'type' | 'name' | 'files'> {
  /** Or tag. `main` by default. */
  readonly branch?: string;
}

export interface HubServerState {
  readonly access: HubServerRepo['access'];
  /** Commit by name. */
  readonly branches: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** First lines of the messages of all commits, the first one first. */
  readonly history: readonly string[];
  /** Contents by path, of a revision or the main branch. */
  files(revision?: string): Readonly<Record<string, Uint8Array>>;
}
