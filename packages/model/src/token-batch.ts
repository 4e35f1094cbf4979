import type { Backend, SequenceLayout, Tensor } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';

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

/** Sequences laid end to end on the backend, without padding. Positions restart in each; attention never crosses. */
export interface TokenBatch {
  /** T: tokens of all sequences. */
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
  /** Tokens of every sequence. */
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
  const cuSeqlens = new Int32Array(sequences.length + 1);
  sequences.forEach((sequence, index) => {
    checkSequence(sequence, options);
    cuSeqlens[index + 1] = cuSeqlens[index]! + sequence.tokens.length;
  });
  const total = cuSeqlens[sequences.length]!;
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
      batch: sequences.length,
      maxSeqlen: sequences.reduce((max, sequence) => Math.max(max, sequence.tokens.length), 0),
    },
    lengths: sequences.map(({ tokens }) => tokens.length),
    dispose: () => Object.values(tensors).forEach((tensor) => tensor.dispose()),
  };
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
