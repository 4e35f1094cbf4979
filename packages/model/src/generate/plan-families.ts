import { sharedLength } from './shared-length.ts';
import type { ScoreRequest } from './types.ts';

/** Requests of one context, as indices: its tokens are run once for all of them. */
export interface Family {
  readonly requests: readonly number[];
  /** Positions that the longest of them takes in a cache. */
  readonly length: number;
  /** The beginning that families of several rounds have in common, the same object in all of them. */
  readonly prefix?: readonly number[];
}

/** A beginning shorter than this is run again rather than kept or waited for. */
export const worthSharing = 16;

/**
 * Requests in rounds of families that are in work together, each family in a row of a cache of its own, `maxTokens` positions in
 * all (a longer request is a round alone). It depends on the requests alone, so that a later call makes the same rounds.
 *
 * Families that share most of their tokens (examples before the question) stay side by side; such groups come longest first, so
 * that memory is never short later than in the first round. Inside a group, families with as many requests come together: all rows
 * of a round then end at about the same time.
 */
export function planFamilies(requests: readonly ScoreRequest[], maxTokens: number): Family[][] {
  const groups = groupFamilies(makeFamilies(requests), requests);
  const rounds: Family[][] = [];
  let longest = 0;
  for (const family of groups.flat()) {
    const round = rounds.at(-1);
    longest = Math.max(longest, family.length);
    if (round !== undefined && (round.length + 1) * longest <= maxTokens) {
      round.push(family);
      continue;
    }
    rounds.push([family]);
    longest = family.length;
  }
  const roundOf = new Map(rounds.flatMap((round, n) => round.map((family) => [family, n] as const)));
  const prefixes = new Map(
    groups.flatMap((group) => {
      if (roundOf.get(group[0]!) === roundOf.get(group.at(-1)!)) return [];
      const prefix = commonPrefix(group, requests);
      return prefix.length < worthSharing ? [] : group.map((family) => [family, prefix] as const);
    }),
  );
  return rounds.map((round) =>
    round.map((family) => (prefixes.has(family) ? { ...family, prefix: prefixes.get(family)! } : family)),
  );
}

/** Without the last token of any request: that is not read. */
function commonPrefix(group: readonly Family[], requests: readonly ScoreRequest[]): readonly number[] {
  const inputs = group.flatMap((family) =>
    family.requests.map((index) => requests[index]!.tokens.slice(0, -1)),
  );
  return inputs.reduce((prefix, input) => prefix.slice(0, sharedLength(prefix, input)));
}

/** Neighbours in the order of tokens that share the whole context of one of them. Longer ones come before their beginnings. */
function makeFamilies(requests: readonly ScoreRequest[]): Family[] {
  const order = requests
    .map((_, index) => index)
    .sort((a, b) => compare(requests[b]!, requests[a]!) || a - b);
  const families: { requests: number[]; length: number }[] = [];
  let before: ScoreRequest | undefined;
  for (const index of order) {
    const request = requests[index]!;
    const contexts = before === undefined ? 0 : Math.min(before.from, request.from);
    // The last token is scored, not read.
    const length = request.tokens.length - 1;
    if (before !== undefined && sharedLength(before.tokens, request.tokens, contexts) === contexts) {
      const family = families.at(-1)!;
      family.requests.push(index);
      family.length = Math.max(family.length, length);
    } else families.push({ requests: [index], length });
    before = request;
  }
  return families;
}

function groupFamilies(families: readonly Family[], requests: readonly ScoreRequest[]): Family[][] {
  const groups: Family[][] = [];
  const tokensOf = (family: Family): readonly number[] => requests[family.requests[0]!]!.tokens;
  for (const family of families) {
    const group = groups.at(-1);
    const shorter = group === undefined ? 0 : Math.min(group.at(-1)!.length, family.length);
    const shared = group === undefined ? 0 : sharedLength(tokensOf(group.at(-1)!), tokensOf(family), shorter);
    if (group !== undefined && 2 * shared >= shorter) group.push(family);
    else groups.push([family]);
  }
  const longest = (group: readonly Family[]): number => Math.max(...group.map(({ length }) => length));
  for (const group of groups) group.sort((a, b) => b.requests.length - a.requests.length);
  return groups.sort((a, b) => longest(b) - longest(a));
}

function compare(a: ScoreRequest, b: ScoreRequest): number {
  const shared = sharedLength(a.tokens, b.tokens);
  return (a.tokens[shared] ?? -1) - (b.tokens[shared] ?? -1);
}
