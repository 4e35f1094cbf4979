import { BezoarError } from '@bezoar/core';
import { learnMerges, type Word } from './learn-merges.ts';

export interface TrainBpeOptions {
  readonly texts: Iterable<string>;
  /** Special tokens, 256 bytes and merges together. */
  readonly vocabSize: number;
  /** They get the first ids, in this order. */
  readonly specialTokens: readonly string[];
}

/** GPT-2's way of cutting text into words, which carry their leading space. Digits are cut out one by one before. */
const wordPattern = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const digits = /(\p{N})/u;

/**
 * Learns a byte-level BPE (Sennrich et al. 2016; Radford et al. 2019) and returns the content of a `tokenizer.json`. The
 * most frequent pair is merged first, the alphabetically first of equal ones: same texts, same tokenizer.
 */
export function trainByteLevelBpe({
  texts,
  vocabSize,
  specialTokens,
}: TrainBpeOptions): Record<string, unknown> {
  const bytes = byteAlphabet();
  const wanted = vocabSize - specialTokens.length - bytes.length;
  if (wanted < 0) {
    throw new BezoarError(
      'BAD_CONFIG',
      `A vocabulary of ${vocabSize} cannot hold ${specialTokens.length} special tokens and 256 bytes.`,
    );
  }
  const merges = learnMerges(countWords(texts, bytes), wanted);
  const tokens = new Set(merges.map(([left, right]) => left + right));
  const vocabulary = [...specialTokens, ...bytes, ...tokens];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges,
    },
  };
}

/** GPT-2's printable stand-ins for the 256 bytes, in byte order. */
function byteAlphabet(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

function countWords(texts: Iterable<string>, alphabet: readonly string[]): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const piece of text.split(digits)) {
      for (const [word] of piece.matchAll(wordPattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const utf8 = new TextEncoder();
  return [...counts].map(([word, count]) => ({
    symbols: Array.from(utf8.encode(word), (byte) => alphabet[byte]!),
    count,
  }));
}
