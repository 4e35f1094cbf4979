import { strip } from '../python-text.ts';

/** What of a reply is compared with the target. */
export type ReplyFilter = (reply: string) => string;

/** The reply as it is. */
export const wholeReply: ReplyFilter = (reply) => reply;

export interface RegexFilterOptions {
  /** With the flag g. The first group that matched is taken; the whole match where the pattern has no group. */
  readonly pattern: RegExp;
  /** Which hit: 0 is the first, −1 the last. */
  readonly pick: number;
  /** What stands for a reply without a match. `[invalid]` by default, as in the harness. */
  readonly fallback?: string;
}

/** The harness's `regex` filter: the first or the last hit of a pattern, trimmed. */
export function regexFilter({ pattern, pick, fallback = '[invalid]' }: RegexFilterOptions): ReplyFilter {
  return (reply) => {
    const match = [...reply.matchAll(pattern)].at(pick);
    if (match === undefined) return fallback;
    const [whole, ...groups] = match as unknown as [string, ...(string | undefined)[]];
    // Of one group, the harness takes what is there, even nothing; of several, the first one that is not empty.
    const hit =
      groups.length === 0 ? whole : groups.length === 1 ? (groups[0] ?? '') : groups.find((group) => group);
    return hit === undefined ? fallback : strip(hit);
  };
}

/** The last word of the first line that is not blank, without punctuation around it: "… is a bird." gives "bird". */
export const lastWordOfFirstLine: ReplyFilter = (reply) => {
  const line = reply.trim().split('\n', 1)[0]!;
  const words = line.split(/\s+/).map((word) => word.replace(/^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu, ''));
  return words.findLast((word) => word !== '') ?? '';
};
