import { BezoarError } from '@bezoar/core';
import { readBytes, readJson, type FolderSource, type GgufValue } from '@bezoar/formats';
import type { ModelConfig } from '../config/model-config.ts';
import { loadChatTemplate } from '../tokenizer/load-chat-template.ts';
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts';
import { readTokenizerSettings, type TokenizerSettings } from '../tokenizer/tokenizer-settings.ts';
import { jsonVocabulary } from './json-vocabulary.ts';
import { sentencePieceVocabulary } from './sentencepiece-vocabulary.ts';
import { tokenType, type Vocabulary } from './vocabulary.ts';

export interface TokenizerMetadataOptions {
  readonly folder: FolderSource;
  readonly config: ModelConfig;
  /** Jinja; the folder's own by default. */
  readonly chatTemplate?: string | undefined;
}

const prefix = 'tokenizer.ggml';
/** Below everything that is ever merged. */
const unusedScore = -10_000;

/** A model folder's tokenizer and chat template, by llama.cpp's keys: one token for every row of the embedding. */
export async function ggufTokenizerMetadata(
  options: TokenizerMetadataOptions,
): Promise<Map<string, GgufValue>> {
  const { folder, config } = options;
  const settings = await readTokenizerSettings(folder);
  const vocabulary = await readVocabulary(folder, settings);
  const { model, pre, merges, addSpacePrefix } = vocabulary;
  const tokens = fill(vocabulary, config, folder.name);
  const tokenizer = await loadTokenizer(folder);
  const template = options.chatTemplate ?? (await loadChatTemplate(folder))?.source;
  const padId = tokens.findIndex(({ text }) => text === settings.pad_token);
  const text = (value: string): GgufValue => ({ type: 'string', value });
  const flag = (value: boolean): GgufValue => ({ type: 'bool', value });
  const id = (value: number | undefined): GgufValue | undefined =>
    value === undefined || value < 0 ? undefined : { type: 'u32', value };
  const entries: readonly (readonly [string, GgufValue | undefined])[] = [
    [`${prefix}.model`, text(model)],
    [`${prefix}.pre`, text(pre)],
    [`${prefix}.tokens`, { type: 'array', of: 'string', values: tokens.map((token) => token.text) }],
    [
      `${prefix}.scores`,
      model === 'llama' ? { type: 'array', of: 'f32', values: tokens.map(({ score }) => score) } : undefined,
    ],
    [`${prefix}.token_type`, { type: 'array', of: 'i32', values: tokens.map(({ type }) => type) }],
    [`${prefix}.merges`, merges === undefined ? undefined : { type: 'array', of: 'string', values: merges }],
    [`${prefix}.bos_token_id`, id(tokenizer.bosId)],
    [`${prefix}.eos_token_id`, id(tokenizer.eosId ?? config.eosTokenIds[0])],
    [`${prefix}.unknown_token_id`, id(tokenizer.unkId)],
    [`${prefix}.padding_token_id`, id(padId)],
    [`${prefix}.add_bos_token`, flag(tokenizer.addsBos)],
    [`${prefix}.add_eos_token`, flag(false)],
    [`${prefix}.add_space_prefix`, addSpacePrefix === undefined ? undefined : flag(addSpacePrefix)],
    ['tokenizer.chat_template', template === undefined ? undefined : text(template)],
  ];
  return new Map(entries.filter((entry): entry is readonly [string, GgufValue] => entry[1] !== undefined));
}

async function readVocabulary(folder: FolderSource, settings: TokenizerSettings): Promise<Vocabulary> {
  // In the order of loadTokenizer, which says so itself when there is neither.
  const model = 'tokenizer.model';
  if (await folder.exists(model)) {
    return sentencePieceVocabulary(await readBytes(folder, model), {
      what: `${folder.name}/${model}`,
      settings,
    });
  }
  const file = 'tokenizer.json';
  return jsonVocabulary(await readJson(folder, file), `${folder.name}/${file}`);
}

function fill(
  { tokens }: Vocabulary,
  { vocabSize }: ModelConfig,
  folder: string,
): NonNullable<Vocabulary['tokens'][number]>[] {
  if (tokens.length > vocabSize) {
    throw new BezoarError(
      'BAD_FILE',
      `${folder}: the tokenizer has ${tokens.length} tokens, the model ${vocabSize} rows for them.`,
      { advice: 'Take the tokenizer that the model was trained with.' },
    );
  }
  return Array.from(
    { length: vocabSize },
    (_, id) => tokens[id] ?? { text: `[PAD${id}]`, type: tokenType.unused, score: unusedScore },
  );
}
