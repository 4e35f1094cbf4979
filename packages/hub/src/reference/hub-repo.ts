/** A repository of the Hub. */
export interface HubRepo {
  readonly type: 'model' | 'dataset';
  /** `org/name` */
  readonly name: string;
}

/** Its path below the endpoint: that of its page, and of its files. */
export function repoPath({ type, name }: HubRepo): string {
  return type === 'model' ? name : `datasets/${name}`;
}

/** For messages. */
export function describeRepo({ type, name }: HubRepo): string {
  return `${type === 'model' ? 'The model' : 'The data set'} ${name}`;
}
