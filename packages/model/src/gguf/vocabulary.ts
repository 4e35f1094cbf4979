/** llama.cpp's token types; SentencePiece's piece types have the same numbers. */
export const tokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface VocabularyToken {
  readonly text: string;
  readonly type: number;
  /** Of SentencePiece models: pairs that make a token of higher score are merged first. */
  readonly score: number;
}

/** A tokenizer as GGUF holds it. */
export interface Vocabulary {
  /** `llama`: SentencePiece's BPE over characters. `gpt2`: BPE over bytes. */
  readonly model: 'llama' | 'gpt2';
  /** How text is cut into words first, by llama.cpp's name. */
  readonly pre: string;
  /** By id; ids without a token are holes. */
  readonly tokens: readonly (VocabularyToken | undefined)[];
  /** `left right`, first merged first. */
  readonly merges?: readonly string[];
  readonly addSpacePrefix?: boolean;
}
