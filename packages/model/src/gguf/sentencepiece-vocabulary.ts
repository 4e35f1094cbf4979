import { parseModelProto } from '../tokenizer/sentencepiece/parse-model-proto.ts';
import type { TokenizerSettings } from '../tokenizer/tokenizer-settings.ts';
import { tokenType, type Vocabulary, type VocabularyToken } from './vocabulary.ts';

/** Where llama.cpp's own converter puts tokens that were added later: behind every merge. */
const addedScore = -1000;

/** The vocabulary of a `tokenizer.model`, with what `tokenizer_config.json` adds to it. */
export function sentencePieceVocabulary(
  bytes: Uint8Array,
  { what, settings }: { readonly what: string; readonly settings: TokenizerSettings },
): Vocabulary {
  const { pieces, addDummyPrefix } = parseModelProto(bytes, what);
  const tokens: (VocabularyToken | undefined)[] = [...pieces];
  for (const [id, { content, special }] of Object.entries(settings.added_tokens_decoder ?? {})) {
    // Those of the model itself are listed there too.
    if (Number(id) < pieces.length) continue;
    const type = special === false ? tokenType.userDefined : tokenType.control;
    tokens[Number(id)] = { text: content, type, score: addedScore };
  }
  return { model: 'llama', pre: 'default', tokens, addSpacePrefix: addDummyPrefix };
}
