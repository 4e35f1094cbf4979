import type { RenderedText } from './rendered-text.ts';

/** Text to token ids and back. Special tokens are never added unless asked for, and never parsed from user text. */
export interface Tokenizer {
  readonly vocabSize: number;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly unkId: number | undefined;
  /** Whether the tokenizer's own settings put BOS in front (`add_bos_token`, a post-processor): eval's `bos: tokenizer`. */
  readonly addsBos: boolean;
  /** Plain text to ids: no BOS, no EOS. */
  encode(text: string): number[];
  /** Ids to text; control tokens decode to nothing. */
  decode(ids: readonly number[]): string;
  /** For what chat templates render; every tokenizer that comes from a file has it. */
  readonly rendered?: RenderedText;
}
