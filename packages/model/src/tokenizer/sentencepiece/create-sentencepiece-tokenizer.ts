import { BezoarError } from '@bezoar/core';
import type { TokenizerSettings } from '../load-tokenizer.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { createDecoder } from './create-decoder.ts';
import { createEncoder } from './create-encoder.ts';
import { parseModelProto, type SentencePieceModel } from './parse-model-proto.ts';

export interface SentencePieceOptions {
  /** For messages: the file's name. */
  readonly what: string;
  readonly settings?: TokenizerSettings;
}

/**
 * A tokenizer from the bytes of a SentencePiece BPE model (LLaMA, OpenLLaMA, Mistral), exact to the id.
 * Throws BezoarError BAD_FILE, or UNSUPPORTED for unigram models and normalisers that would change the text.
 */
export function createSentencePieceTokenizer(
  bytes: Uint8Array,
  { what, settings = {} }: SentencePieceOptions,
): Tokenizer {
  const model = parseModelProto(bytes, what);
  requireSupported(model, what);
  const known = (id: number): number | undefined => (id >= 0 && id < model.pieces.length ? id : undefined);
  return {
    vocabSize: model.pieces.length,
    bosId: known(model.bosId),
    eosId: known(model.eosId),
    unkId: known(model.unkId),
    addsBos: settings.add_bos_token ?? true,
    encode: createEncoder(model),
    decode: createDecoder(model),
  };
}

function requireSupported(model: SentencePieceModel, what: string): void {
  const refuse = (thing: string): never => {
    throw new BezoarError('UNSUPPORTED', `${what}: ${thing} is not supported.`, {
      advice: 'Use its tokenizer.json in a folder without tokenizer.model.',
    });
  };
  if (model.modelType !== 2)
    refuse(model.modelType === 1 ? 'a unigram model' : `model type ${model.modelType}`);
  if (model.precompiledCharsmap.length > 0) refuse('a normaliser other than the identity');
  if (model.whitespaceAsSuffix) refuse('a model with spaces behind the words');
  if (!model.escapeWhitespaces) refuse('a model that keeps spaces');
}
