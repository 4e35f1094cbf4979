import type { ModelConfig } from '@bezoar/model';

/** The sizes of OpenLLaMA-3B-v2, with as many layers as are asked for. */
export function openLlama3b(numLayers = 26): ModelConfig {
  return {
    modelType: 'llama',
    vocabSize: 32000,
    hiddenSize: 3200,
    intermediateSize: 8640,
    numLayers,
    numHeads: 32,
    numKvHeads: 32,
    headDim: 100,
    rmsNormEps: 1e-6,
    maxPositionEmbeddings: 2048,
    rope: { theta: 10000, scaling: { type: 'none' } },
    tieWordEmbeddings: false,
    qkvBias: false,
    outputBias: false,
    mlpBias: false,
    qkNorm: false,
    slidingWindow: undefined,
    bosTokenId: 1,
    eosTokenIds: [2],
  };
}
