import { BezoarError, hashText, parseOrThrow } from '@bezoar/core';
import { readText, writeJsonl, type FolderSink, type FolderSource } from '@bezoar/formats';
import { z } from 'zod';
import type { EncodedSide } from './encode-side.ts';

/** All that reference log-probabilities depend on, as prints by name: `model`, `adapter`, `tokenizer`, `template`, `data`, … */
export type ReferenceIdentity = Readonly<Record<string, string>>;

/** Where log-probabilities of a reference are kept: one JSON Lines file, the identity first. */
export interface ReferenceFile {
  readonly folder: FolderSource & FolderSink;
  readonly name: string;
  readonly identity: ReferenceIdentity;
}

const format = 'bezoar-reference-1';
const headSchema = z.object({ format: z.literal(format), identity: z.record(z.string(), z.string()) });
const rowSchema = z.object({ key: z.string(), logProb: z.number() });

/** Names a side by its tokens and where its completion begins. */
export function sideKey({ tokens, targetCount }: EncodedSide): string {
  return hashText(`${targetCount} ${tokens.join(' ')}`);
}

/**
 * Log-probabilities by `sideKey`; none when there is no file yet. Throws BezoarError BAD_CONFIG when the file was made with
 * something else, and names what differs; BAD_FILE when it cannot be read.
 */
export async function readReferenceFile({
  folder,
  name,
  identity,
}: ReferenceFile): Promise<Map<string, number>> {
  const known = new Map<string, number>();
  if (!(await folder.exists(name))) return known;
  const what = `${folder.name}/${name}`;
  const [head = '', ...lines] = (await readText(folder, name)).split('\n');
  const { identity: found } = parseOrThrow(headSchema, parseLine(head, what), {
    what,
    code: 'BAD_FILE',
    advice: 'It is no file of reference log-probabilities: name another one.',
  });
  const names = [...new Set([...Object.keys(identity), ...Object.keys(found)])];
  const differing = names.filter((each) => identity[each] !== found[each]);
  if (differing.length > 0) {
    throw new BezoarError(
      'BAD_CONFIG',
      `${what} holds reference log-probabilities of something else: ${differing.join(', ')} differ.`,
      { advice: 'Remove the file to compute them anew, or name another one.', data: { differing } },
    );
  }
  for (const line of lines) {
    if (line === '') continue;
    const { key, logProb } = parseOrThrow(rowSchema, parseLine(line, what), { what, code: 'BAD_FILE' });
    known.set(key, logProb);
  }
  return known;
}

/** Writes the file whole. Numbers come back to the last bit. */
export function writeReferenceFile(
  { folder, name, identity }: ReferenceFile,
  known: ReadonlyMap<string, number>,
): Promise<void> {
  return writeJsonl(folder, name, linesOf(identity, known));
}

function* linesOf(identity: ReferenceIdentity, known: ReadonlyMap<string, number>): Generator {
  yield { format, identity };
  for (const [key, logProb] of known) yield { key, logProb };
}

function parseLine(line: string, what: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new BezoarError('BAD_FILE', `${what} is broken.`, {
      advice: 'Remove it to compute the log-probabilities anew.',
      cause,
    });
  }
}
