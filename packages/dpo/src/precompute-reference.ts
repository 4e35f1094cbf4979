import { BezoarError, hashText, type RunEvent } from '@bezoar/core';
import type { EncodedSide } from './encode-side.ts';
import { readReferenceFile, sideKey, writeReferenceFile, type ReferenceFile } from './reference-file.ts';
import type { Reference } from './reference.ts';

export interface PrecomputeReferenceOptions {
  /** Everything that a training will ask about, evaluation included. */
  readonly sides: readonly EncodedSide[];
  readonly file: ReferenceFile;
  /** Gives the reference that computes. Not called when the file has everything: then no model is needed. */
  readonly open: () => Promise<Reference>;
  /** For events. */
  readonly stage?: string;
  /** Upper bound on the tokens of a pass. 4,096 by default. */
  readonly maxBatchTokens?: number;
  /** Milliseconds between two saves of the file; 30,000 by default. */
  readonly saveEvery?: number;
  readonly now?: () => number;
  readonly signal?: AbortSignal;
}

/**
 * Makes sure that a file has the log-probabilities of all sides, and returns a reference that reads them. What is missing is
 * computed, the longest first, in passes of like lengths; the file is saved on the way, so that the next call goes on there. They equal
 * those that a reference computes during training, to the rounding of a batch of another shape: to the bit on backends whose results for
 * a sequence do not depend on what else is in the pass.
 *
 * Throws BezoarError BAD_CONFIG (the file belongs to another model or other data), BAD_FILE, INTERRUPTED (after saving).
 */
export async function* precomputeReference(
  options: PrecomputeReferenceOptions,
): AsyncGenerator<RunEvent, Reference> {
  const { sides, file, stage = 'reference', signal } = options;
  const { maxBatchTokens = 4096, saveEvery = 30_000, now = () => performance.now() } = options;
  const known = await readReferenceFile(file);
  const missing = new Map(sides.map((side) => [sideKey(side), side]));
  for (const key of known.keys()) missing.delete(key);

  const total = missing.size;
  if (total > 0) {
    const reference = await options.open();
    let done = 0;
    let saved = now();
    for (const batch of batchesOf([...missing], maxBatchTokens)) {
      if (signal?.aborted === true) {
        await writeReferenceFile(file, known);
        throw new BezoarError(
          'INTERRUPTED',
          `The reference was computed for ${done} of ${total} sequences.`,
          {
            advice: 'Run the same command again to go on from here.',
          },
        );
      }
      const values = await reference.logProbs(batch.map(([, side]) => side));
      batch.forEach(([key], index) => known.set(key, values[index]!));
      done += batch.length;
      yield { type: 'progress', stage, done, total, note: 'reference log-probabilities' };
      if (now() - saved < saveEvery && done < total) continue;
      await writeReferenceFile(file, known);
      saved = now();
    }
  }
  return fixedReference(known, `precomputed ${hashText(JSON.stringify(file.identity))}`);
}

type Named = readonly [key: string, side: EncodedSide];

/** The longest first: what does not fit into memory shows at once. */
function batchesOf(sides: readonly Named[], maxTokens: number): Named[][] {
  const batches: Named[][] = [];
  let room = 0;
  for (const each of sides.toSorted(([, a], [, b]) => b.tokens.length - a.tokens.length)) {
    const { length } = each[1].tokens;
    if (batches.length === 0 || length > room) {
      batches.push([]);
      room = maxTokens;
    }
    batches.at(-1)!.push(each);
    room -= length;
  }
  return batches;
}

function fixedReference(known: ReadonlyMap<string, number>, id: string): Reference {
  return {
    id,
    logProbs: (sides) => Promise.resolve(sides.map((side) => valueOf(known, side))),
  };
}

function valueOf(known: ReadonlyMap<string, number>, side: EncodedSide): number {
  const value = known.get(sideKey(side));
  if (value !== undefined) return value;
  throw new BezoarError(
    'BAD_INPUT',
    'The reference was not computed for a sequence that it is asked about.',
    {
      advice: 'Give precomputeReference all sequences of training and evaluation.',
    },
  );
}
