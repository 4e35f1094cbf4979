import { createReferenceBackend, type Tensor } from '@bezoar/backend';
import { describe, expect, it } from 'vitest';
import { createTokenBatch, IGNORED } from './token-batch.ts';

const backend = createReferenceBackend();
const limits = { backend, vocabSize: 10, maxPositions: 4 };

describe('createTokenBatch', () => {
  it('lays sequences end to end, restarts positions and shifts labels inside each sequence only', async () => {
    const batch = createTokenBatch({
      ...limits,
      sequences: [
        { tokens: [5, 6, 7], labels: [5, IGNORED, 7] },
        { tokens: [8, 9], labels: [8, 9] },
      ],
    });
    const read = async (tensor: Tensor): Promise<number[]> => Array.from(await backend.download(tensor));
    expect(await read(batch.ids)).toEqual([5, 6, 7, 8, 9]);
    expect(await read(batch.positions)).toEqual([0, 1, 2, 0, 1]);
    // Position 0 predicts an ignored token, 1 predicts 7; the first label of a sequence never counts.
    expect(await read(batch.targets)).toEqual([IGNORED, 7, IGNORED, 9, IGNORED]);
    expect(await read(batch.layout.cuSeqlens)).toEqual([0, 3, 5]);
    expect([batch.tokens, batch.targetCount, batch.layout.batch, batch.layout.maxSeqlen]).toEqual([
      5, 2, 2, 3,
    ]);
  });

  it('fills up to one of few sizes where kernels are compiled for sizes', async () => {
    const capabilities = { ...backend.capabilities, compilesForSizes: true };
    const sequences = [
      { tokens: [5, 6, 7], labels: [5, 6, 7] },
      { tokens: [8, 9, 1], labels: [8, 9, 1] },
      { tokens: [2, 3, 4] },
    ];
    const batch = createTokenBatch({ ...limits, backend: { ...backend, capabilities }, sequences });
    const read = async (tensor: Tensor): Promise<number[]> => Array.from(await backend.download(tensor));
    expect(await read(batch.ids)).toEqual([5, 6, 7, 8, 9, 1, 2, 3, 4, 0]);
    expect(await read(batch.targets)).toEqual([6, 7, IGNORED, 9, 1, ...Array<number>(5).fill(IGNORED)]);
    expect(await read(batch.layout.cuSeqlens)).toEqual([0, 3, 6, 9, 10]);
    expect([batch.tokens, batch.targetCount, batch.layout.batch, batch.layout.maxSeqlen]).toEqual([
      10, 4, 4, 8,
    ]);
    expect(batch.lengths).toEqual([3, 3, 3]);
  });

  it.each([
    ['an empty sequence', { tokens: [] }, /no tokens/],
    ['an id outside of the vocabulary', { tokens: [1, 10] }, /10 is outside of the vocabulary of 10/],
    ['too many tokens', { tokens: [1, 1, 1, 1, 1] }, /longer than the model's 4 positions/],
    ['labels of another length', { tokens: [1, 2], labels: [1] }, /2 tokens and 1 labels/],
  ])('refuses %s before anything is uploaded', (_, sequence, message) => {
    const before = backend.memory().live;
    expect(() => createTokenBatch({ ...limits, sequences: [{ tokens: [1] }, sequence] })).toThrow(message);
    expect(backend.memory().live).toBe(before);
  });
});
