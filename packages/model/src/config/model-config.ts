/**
 * The shape of a decoder-only transformer, read from a Hugging Face `config.json` of either style (transformers 4:
 * `rope_theta` and `rope_scaling`; transformers 5: `rope_parameters`). Families differ by these flags only.
 */
export interface ModelConfig {
  readonly modelType: 'llama' | 'mistral' | 'qwen2' | 'qwen3';
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
  readonly rmsNormEps: number;
  readonly maxPositionEmbeddings: number;
  readonly rope: RopeConfig;
  readonly tieWordEmbeddings: boolean;
  /** Bias on q, k and v (Qwen2; LLaMA with `attention_bias`). */
  readonly qkvBias: boolean;
  /** Bias on o (LLaMA with `attention_bias`). */
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** RMSNorm per head on queries and keys (Qwen3). */
  readonly qkNorm: boolean;
  /** Each query sees this many positions at most, itself included (Mistral v0.1). */
  readonly slidingWindow: number | undefined;
  readonly bosTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
}

export interface RopeConfig {
  readonly theta: number;
  readonly scaling:
    | { readonly type: 'none' }
    | { readonly type: 'linear'; readonly factor: number }
    | {
        readonly type: 'llama3';
        readonly factor: number;
        readonly lowFreqFactor: number;
        readonly highFreqFactor: number;
        readonly originalMaxPositions: number;
      }
    | {
        readonly type: 'yarn';
        readonly factor: number;
        /** cos and sin are multiplied by this. */
        readonly attentionFactor: number;
        /** Turns within the original context above which a frequency is kept, and below which it is divided by the factor. */
        readonly betaFast: number;
        readonly betaSlow: number;
        readonly originalMaxPositions: number;
      };
}
