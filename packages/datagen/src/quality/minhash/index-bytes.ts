import { BezoarError } from '@bezoar/core';
import { z } from 'zod';

/** What an index is made of: options and ids as JSON, the rest as lists of 32-bit words. */
export interface IndexParts {
  readonly options: {
    readonly permutations: number;
    readonly threshold: number;
    readonly seed: number;
    readonly shingleWords: number;
    readonly recall: number;
  };
  readonly ids: readonly string[];
  readonly words: Readonly<Record<WordList, Uint32Array>>;
}

const lists = ['parents', 'entries', 'ends', 'shingles', 'keys'] as const;
type WordList = (typeof lists)[number];

const magic = 0x484d5a42; // "BZMH", little-endian
const preamble = 12;
const headerSchema = z.object({
  version: z.literal(1),
  options: z.object({
    permutations: z.number(),
    threshold: z.number(),
    seed: z.number(),
    shingleWords: z.number(),
    recall: z.number(),
  }),
  ids: z.array(z.string()),
  lengths: z.record(z.enum(lists), z.number().int().min(0)),
});

/** Magic, length of the header, checksum of what follows; the header as JSON, padded to 4 bytes; the lists in order. */
export function encodeIndex({ options, ids, words }: IndexParts): Uint8Array<ArrayBuffer> {
  const lengths = Object.fromEntries(lists.map((list) => [list, words[list].length]));
  const json = new TextEncoder().encode(JSON.stringify({ version: 1, options, ids, lengths }));
  const start = preamble + Math.ceil(json.length / 4) * 4;
  const bytes = new Uint8Array(start + 4 * lists.reduce((sum, list) => sum + words[list].length, 0));
  bytes.fill(0x20, preamble, start);
  bytes.set(json, preamble);
  let at = start;
  for (const list of lists) {
    new Uint32Array(bytes.buffer, at, words[list].length).set(words[list]);
    at += 4 * words[list].length;
  }
  new Uint32Array(bytes.buffer, 0, 3).set([magic, start - preamble, checksum(bytes)]);
  return bytes;
}

/** Throws BezoarError BAD_FILE when the bytes are cut short, changed or something else. */
export function decodeIndex(source: Uint8Array): IndexParts {
  // A copy is aligned to 4 bytes, whatever the source is a view of.
  const bytes = source.slice();
  if (bytes.length < preamble || bytes.length % 4 !== 0) throw broken();
  const [found, headerLength, sum] = new Uint32Array(bytes.buffer, 0, 3) as unknown as [
    number,
    number,
    number,
  ];
  if (found !== magic || sum !== checksum(bytes)) throw broken();
  const json = new TextDecoder().decode(bytes.subarray(preamble, preamble + headerLength));
  const { options, ids, lengths } = headerSchema.parse(JSON.parse(json));
  let at = preamble + headerLength;
  const words = Object.fromEntries(
    lists.map((list) => {
      const part = new Uint32Array(bytes.buffer, at, lengths[list]);
      at += 4 * lengths[list];
      return [list, part];
    }),
  ) as Record<WordList, Uint32Array>;
  return { options, ids, words };
}

function broken(): BezoarError {
  return new BezoarError('BAD_FILE', 'These bytes are not a whole MinHash index.', {
    advice: 'Build the index again from its rows.',
  });
}

/** FNV-1a over the 32-bit words after the preamble. */
function checksum(bytes: Uint8Array<ArrayBuffer>): number {
  let hash = 0x811c9dc5;
  for (const word of new Uint32Array(bytes.buffer, preamble)) hash = Math.imul(hash ^ word, 0x01000193);
  return hash >>> 0;
}
