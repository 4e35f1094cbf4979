import { BezoarError, parseOrThrow } from '@bezoar/core';
import { z } from 'zod';
import { preTokenizerName } from './pre-tokenizer-name.ts';
import { tokenType, type Vocabulary, type VocabularyToken } from './vocabulary.ts';

const schema = z.looseObject({
  normalizer: z.unknown(),
  pre_tokenizer: z.unknown(),
  added_tokens: z
    .array(
      z.looseObject({
        id: z.number().int().min(0),
        content: z.string(),
        special: z.boolean().default(false),
      }),
    )
    .default([]),
  model: z.looseObject({
    type: z.string().optional(),
    byte_fallback: z.boolean().nullish(),
    unk_token: z.string().nullish(),
    vocab: z.record(z.string(), z.number().int().min(0)),
    merges: z.array(
      z.union([z.string(), z.tuple([z.string(), z.string()]).transform((pair) => pair.join(' '))]),
    ),
  }),
});

type TokenizerFile = z.output<typeof schema>;

/**
 * The vocabulary of a `tokenizer.json` with a BPE model: over bytes (GPT-2, LLaMA 3, Qwen), or over characters with bytes for
 * what is unknown (LLaMA 1 and 2, Mistral). Throws BezoarError BAD_FILE, or UNSUPPORTED where llama.cpp would tokenise otherwise.
 */
export function jsonVocabulary(json: unknown, what: string): Vocabulary {
  const isBpe = (json as { readonly model?: { readonly type?: unknown } } | null)?.model?.type === 'BPE';
  if (!isBpe) {
    throw new BezoarError(
      'UNSUPPORTED',
      `${what} is no BPE tokenizer; GGUF files are written for those only.`,
      {
        advice: 'Export to safetensors.',
      },
    );
  }
  const file = parseOrThrow(schema, json, { what, code: 'BAD_FILE' });
  return file.model.byte_fallback === true ? characterVocabulary(file) : byteVocabulary(file, what);
}

function byteVocabulary(file: TokenizerFile, what: string): Vocabulary {
  const pre = preTokenizerName(file);
  if (pre === undefined) {
    throw new BezoarError(
      'UNSUPPORTED',
      `${what} cuts text into words in a way that llama.cpp is not known to have: the model would read other tokens than it learnt.`,
      { advice: 'Export to safetensors, and convert with the tools of llama.cpp.' },
    );
  }
  return { model: 'gpt2', pre, tokens: tokensOf(file, () => 0), merges: file.model.merges };
}

/** As SentencePiece has it: a token's score is the rank of the first merge that makes it, negated. */
function characterVocabulary(file: TokenizerFile): Vocabulary {
  const { merges } = file.model;
  const ranks = new Map<string, number>();
  merges.forEach((merge, rank) => {
    const token = merge.replace(' ', '');
    if (!ranks.has(token)) ranks.set(token, rank);
  });
  return {
    model: 'llama',
    pre: 'default',
    tokens: tokensOf(file, (text) => -(ranks.get(text) ?? merges.length)),
    addSpacePrefix: addsPrefix(file),
  };
}

/** A normaliser that prepends the mark of a space, or Metaspace that does. */
function addsPrefix({ normalizer, pre_tokenizer: pre }: TokenizerFile): boolean {
  const text = JSON.stringify([normalizer, pre]);
  return text.includes('"type":"Prepend"') || /"prepend_scheme":"(?:always|first)"/.test(text);
}

function tokensOf(file: TokenizerFile, scoreOf: (text: string) => number): (VocabularyToken | undefined)[] {
  const { added_tokens: added, model } = file;
  const tokens: (VocabularyToken | undefined)[] = [];
  for (const [text, id] of Object.entries(model.vocab)) {
    const isByte = model.byte_fallback === true && /^<0x[0-9A-F]{2}>$/.test(text);
    const type = text === model.unk_token ? tokenType.unknown : isByte ? tokenType.byte : tokenType.normal;
    tokens[id] = { text, type, score: scoreOf(text) };
  }
  for (const { id, content, special } of added) {
    if (content === model.unk_token) continue;
    tokens[id] = { text: content, type: special ? tokenType.control : tokenType.userDefined, score: 0 };
  }
  return tokens;
}
