import { BezoarError } from '@bezoar/core';

/** What a reference names: a repository at a revision, and for data sets which of its rows. */
export interface HubReference {
  /** `org/name`, or a bare `name` of the Hub's early data sets. */
  readonly name: string;
  /** Branch, tag or commit; the main branch by default. */
  readonly revision?: string | undefined;
  /** A file of the repository, or a pattern with `*`. */
  readonly path?: string | undefined;
  readonly config?: string | undefined;
  readonly split?: string | undefined;
}

const prefix = 'hub:';

/** Whether a text names something on the Hub (`hub:org/name`), and no file. */
export function isHubReference(text: string): boolean {
  return text.startsWith(prefix);
}

/** A revision has no slash, but for those that the Hub makes itself. */
const shape =
  /^(?<name>[\w.-]+(?:\/[\w.-]+)?)(?:@(?<revision>refs\/(?:convert|pr)\/[\w-]+|[^/?@]+))?(?:\/(?<path>[^?]+))?(?:\?(?<query>.*))?$/;

/**
 * Reads `hub:org/name@revision/path?config=…&split=…`, of which only the name is needed; `hub:` may be left away. A slash in
 * a branch's name is written `%2F`. Throws BezoarError BAD_CONFIG.
 */
export function parseHubReference(text: string): HubReference {
  const { name, revision, path, query } = shape.exec(text.replace(/^hub:/, ''))?.groups ?? {};
  if (name === undefined || name.split('/').some((part) => /^\.+$/.test(part))) throw misfit(text);
  return {
    name,
    ...(revision === undefined ? {} : { revision: decode(revision, text) }),
    ...(path === undefined ? {} : { path: decode(path, text) }),
    ...selection(query ?? '', text),
  };
}

/** The reference as `parseHubReference` reads it. */
export function formatHubReference({ name, revision, path, config, split }: HubReference): string {
  const query = new URLSearchParams(Object.entries({ config, split }).filter((pair) => isPair(pair)));
  const own = revision?.startsWith('refs/') === true ? revision : revision?.replaceAll('/', '%2F');
  return [
    `${prefix}${name}`,
    own === undefined ? '' : `@${own}`,
    path === undefined ? '' : `/${path}`,
    query.size === 0 ? '' : `?${query.toString()}`,
  ].join('');
}

function isPair(pair: [string, string | undefined]): pair is [string, string] {
  return pair[1] !== undefined;
}

function selection(query: string, text: string): Pick<HubReference, 'config' | 'split'> {
  const chosen: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(query)) {
    if ((key !== 'config' && key !== 'split') || value === '') throw misfit(text);
    chosen[key] = value;
  }
  return chosen;
}

function decode(text: string, reference: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw misfit(reference);
  }
}

function misfit(text: string): BezoarError {
  return new BezoarError('BAD_CONFIG', `${text} names nothing on the Hub.`, {
    advice: 'Write hub:org/name, hub:org/name@revision/file.jsonl or hub:org/name?config=…&split=….',
  });
}
