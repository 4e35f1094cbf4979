import type { Backend, SequenceLayout, Tensor } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import { roundSize } from './round-size.ts';

/** The label of a position that is not a target, as in PyTorch's cross-entropy. */
export const IGNORED = -100;

export interface TokenSequence {
  readonly tokens: readonly number[];
  /**
   * One label per token: the token itself where it is a target, `IGNORED` elsewhere. The label of position t is
   * predicted from position t − 1, so the first label never counts. Without labels nothing is a target.
   */
  readonly labels?: readonly number[];
}

/**
 * Sequences laid end to end on the backend, without padding. Positions restart in each; attention never crosses. Where kernels are
 * compiled for sizes, sequences without a target follow, up to the next of few sizes; nothing that is computed for the others
 * depends on them.
 */
export interface TokenBatch {
  /** T: tokens of all sequences, those that fill up among them. */
  readonly tokens: number;
  /** How many positions have a target. */
  readonly targetCount: number;
  /** i32 [T] */
  readonly ids: Tensor;
  /** i32 [T] */
  readonly positions: Tensor;
  /** i32 [T]: the next token where it is a target, else IGNORED. */
  readonly targets: Tensor;
  readonly layout: SequenceLayout;
  /** Tokens of every sequence that was given. */
  readonly lengths: readonly number[];
  dispose(): void;
}

export interface TokenBatchOptions {
  readonly backend: Backend;
  readonly sequences: readonly TokenSequence[];
  /** The model's limits, checked before anything is uploaded. */
  readonly vocabSize: number;
  readonly maxPositions: number;
}

/** Throws BezoarError BAD_INPUT when a sequence is empty, too long, or holds an id outside of the vocabulary. */
export function createTokenBatch(options: TokenBatchOptions): TokenBatch {
  const { backend, sequences } = options;
  for (const sequence of sequences) checkSequence(sequence, options);
  const lengths = sequences.map(({ tokens }) => tokens.length);
  const { fillers, maxSeqlen } = fillUp(backend, lengths);
  const cuSeqlens = endsOf([...lengths, ...fillers]);
  const total = cuSeqlens.at(-1)!;
  const ids = new Int32Array(total);
  const positions = new Int32Array(total);
  const targets = new Int32Array(total).fill(IGNORED);
  let targetCount = 0;
  sequences.forEach(({ tokens, labels }, index) => {
    const start = cuSeqlens[index]!;
    ids.set(tokens, start);
    for (let t = 0; t < tokens.length; t++) {
      positions[start + t] = t;
      const label = labels?.[t + 1];
      if (label === undefined || label < 0) continue;
      targets[start + t] = label;
      targetCount++;
    }
  });
  const tensors = {
    ids: backend.upload('i32', [total], ids),
    positions: backend.upload('i32', [total], positions),
    targets: backend.upload('i32', [total], targets),
    cuSeqlens: backend.upload('i32', [cuSeqlens.length], cuSeqlens),
  };
  return {
    tokens: total,
    targetCount,
    ids: tensors.ids,
    positions: tensors.positions,
    targets: tensors.targets,
    layout: {
      cuSeqlens: tensors.cuSeqlens,
      batch: lengths.length + fillers.length,
      maxSeqlen,
    },
    lengths,
    dispose: () => Object.values(tensors).forEach((tensor) => tensor.dispose()),
  };
}

interface Filling {
  /** Lengths of the sequences that fill up: none is longer than the longest that is there anyway. */
  readonly fillers: readonly number[];
  /** No sequence is longer. */
  readonly maxSeqlen: number;
}

function fillUp(backend: Backend, lengths: readonly number[]): Filling {
  const longest = lengths.reduce((max, length) => Math.max(max, length), 0);
  if (backend.capabilities.compilesForSizes !== true) return { fillers: [], maxSeqlen: longest };
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const fillers: number[] = [];
  for (let rest = roundSize(tokens) - tokens; rest > 0; rest -= fillers.at(-1)!)
    fillers.push(Math.min(rest, longest));
  return { fillers, maxSeqlen: roundSize(longest) };
}

function endsOf(lengths: readonly number[]): Int32Array<ArrayBuffer> {
  const ends = new Int32Array(lengths.length + 1);
  lengths.forEach((length, index) => (ends[index + 1] = ends[index]! + length));
  return ends;
}

/** Throws BezoarError BAD_INPUT, as `createTokenBatch` does. */
export function checkSequence(
  { tokens, labels }: TokenSequence,
  options: Pick<TokenBatchOptions, 'vocabSize' | 'maxPositions'>,
): void {
  if (tokens.length === 0) throw new BezoarError('BAD_INPUT', 'A sequence has no tokens.');
  if (labels !== undefined && labels.length !== tokens.length) {
    throw new BezoarError('BAD_INPUT', `A sequence has ${tokens.length} tokens and ${labels.length} labels.`);
  }
  if (tokens.length > options.maxPositions) {
    throw new BezoarError(
      'BAD_INPUT',
      `A sequence of ${tokens.length} tokens is longer than the model's ${options.maxPositions} positions.`,
      {
        advice: 'Truncate it, or lower maxLength.',
      },
    );
  }
  const bad = tokens.find((id) => !(id >= 0 && id < options.vocabSize));
  if (bad !== undefined) {
    throw new BezoarError(
      'BAD_INPUT',
      `Token id ${bad} is outside of the vocabulary of ${options.vocabSize}.`,
      {
        advice: 'Check that the tokenizer belongs to the model.',
      },
    );
  }
}
