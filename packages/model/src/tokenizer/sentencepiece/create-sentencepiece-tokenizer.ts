import { BezoarError } from '@bezoar/core';
import type { TokenizerSettings } from '../tokenizer-settings.ts';
import { createRenderedText, type SpecialToken } from '../rendered-text.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { createDecoder } from './create-decoder.ts';
import { createEncoder } from './create-encoder.ts';
import { parseModelProto, pieceType, type SentencePieceModel } from './parse-model-proto.ts';

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
  const special = specialTokens(model, settings);
  const named = new Map(special.map(({ text, id }) => [text, id]));
  const bosId = named.get(settings.bos_token ?? '') ?? known(model.bosId);
  const eosId = named.get(settings.eos_token ?? '') ?? known(model.eosId);
  const encode = createEncoder(model);
  return {
    vocabSize: special.reduce((size, { id }) => Math.max(size, id + 1), model.pieces.length),
    bosId,
    eosId,
    unkId: known(model.unkId),
    addsBos: settings.add_bos_token ?? true,
    encode,
    decode: createDecoder(model),
    rendered: createRenderedText({
      special,
      bosToken: settings.bos_token ?? model.pieces[bosId ?? -1]?.text,
      eosToken: settings.eos_token ?? model.pieces[eosId ?? -1]?.text,
      encode,
      // Models of before this setting put a space behind every special token.
      encodeLater: settings.legacy === false ? createEncoder({ ...model, addDummyPrefix: false }) : encode,
    }),
  };
}

/** Control pieces, and tokens that were added to the model later, which stand in `tokenizer_config.json` only. */
function specialTokens(
  { pieces }: SentencePieceModel,
  { added_tokens_decoder: added }: TokenizerSettings,
): SpecialToken[] {
  const own = pieces.flatMap(({ text, type }, id) =>
    type === pieceType.control || type === pieceType.unknown ? [{ text, id }] : [],
  );
  const later = Object.entries(added ?? {}).map(([id, { content, lstrip, rstrip }]) => ({
    text: content,
    id: Number(id),
    lstrip,
    rstrip,
  }));
  const names = new Set(later.map(({ text }) => text));
  return [...own.filter(({ text }) => !names.has(text)), ...later];
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
