import { BezoarError } from '@bezoar/core';
import type { TokenizerSettings } from '../load-tokenizer.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { mergePieces, type MergeTable } from './merge-pieces.ts';
import { parseModelProto, pieceType, type SentencePieceModel } from './parse-model-proto.ts';

export interface SentencePieceOptions {
  /** For messages: the file's name. */
  readonly what: string;
  readonly settings?: TokenizerSettings;
}

const space = '\u2581';

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
  const encode = createEncoder(model);
  const decode = createDecoder(model);
  const known = (id: number): number | undefined => (id >= 0 && id < model.pieces.length ? id : undefined);
  return {
    vocabSize: model.pieces.length,
    bosId: known(model.bosId),
    eosId: known(model.eosId),
    unkId: known(model.unkId),
    addsBos: settings.add_bos_token ?? true,
    encode,
    decode,
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
  if (!model.escapeWhitespaces) refuse('a model that keeps spaces');
}

function createEncoder(model: SentencePieceModel): (text: string) => number[] {
  const ids = new Map<string, number>();
  const mergeable = new Map<string, { id: number; score: number }>();
  const byteIds: number[] = [];
  model.pieces.forEach(({ text, score, type }, id) => {
    if (type === pieceType.byte) byteIds[Number.parseInt(text.slice(3, 5), 16)] = id;
    if (type === pieceType.normal || type === pieceType.userDefined) {
      ids.set(text, id);
      mergeable.set(text, { id, score });
    }
  });
  const userDefined = model.pieces
    .filter(({ type }) => type === pieceType.userDefined)
    .map(({ text }) => text)
    .sort((a, b) => b.length - a.length);
  const table: MergeTable = { lookup: (text) => mergeable.get(text) };
  const utf8 = new TextEncoder();

  const pieceIds = (piece: string): number[] => {
    const id = ids.get(piece);
    if (id !== undefined) return [id];
    if (!model.byteFallback) return [model.unkId];
    return Array.from(utf8.encode(piece), (byte) => byteIds[byte] ?? model.unkId);
  };

  return (text) => {
    const normal = normalise(text, model);
    if (normal === '') return [];
    const out: number[] = [];
    let last = -1;
    for (const segment of splitUserDefined(normal, userDefined)) {
      const merged = userDefined.includes(segment) ? [segment] : mergePieces(Array.from(segment), table);
      for (const piece of merged) {
        for (const id of pieceIds(piece)) {
          // Neighbouring unknown pieces are one.
          if (id === model.unkId && last === model.unkId) continue;
          out.push(id);
          last = id;
        }
      }
    }
    return out;
  };
}

/** Lone surrogates become U+FFFD, as they do in UTF-8; spaces become U+2581, one is put in front. */
function normalise(text: string, { addDummyPrefix, removeExtraWhitespaces }: SentencePieceModel): string {
  let clean = text.toWellFormed();
  if (removeExtraWhitespaces) clean = clean.replace(/^ +| +$/g, '').replace(/ {2,}/g, ' ');
  if (clean === '') return '';
  return (addDummyPrefix ? ` ${clean}` : clean).replaceAll(' ', space);
}

function splitUserDefined(text: string, symbols: readonly string[]): string[] {
  if (symbols.length === 0) return [text];
  const escaped = symbols.map((symbol) => symbol.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return text.split(new RegExp(`(${escaped.join('|')})`)).filter((segment) => segment !== '');
}

function createDecoder(model: SentencePieceModel): (ids: readonly number[]) => string {
  return (ids) => {
    let text = '';
    let bytes: number[] = [];
    let atStart = true;
    const flush = (): void => {
      if (bytes.length === 0) return;
      text += decodeBytes(Uint8Array.from(bytes));
      bytes = [];
    };
    for (const id of ids) {
      const piece = model.pieces[id];
      if (piece === undefined || piece.type === pieceType.control) continue;
      if (piece.type === pieceType.byte) {
        bytes.push(Number.parseInt(piece.text.slice(3, 5), 16));
        atStart = false;
        continue;
      }
      flush();
      if (piece.type === pieceType.unknown) {
        text += model.unkSurface;
      } else {
        // The dummy prefix of the first piece goes.
        const stripped =
          atStart && model.addDummyPrefix && piece.text.startsWith(space) ? piece.text.slice(1) : piece.text;
        text += stripped.replaceAll(space, ' ');
      }
      atStart = false;
    }
    flush();
    return text;
  };
}

/** Valid UTF-8 as it is; every byte that belongs to no character is one U+FFFD. */
function decodeBytes(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    text += length === 0 ? '\uFFFD' : utf8Decoder.decode(bytes.subarray(at, at + length));
    at += Math.max(1, length);
  }
  return text;
}

const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes of the valid character that starts here; 0 when there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const length =
    first < 0x80
      ? 1
      : first >= 0xc2 && first < 0xe0
        ? 2
        : first >= 0xe0 && first < 0xf0
          ? 3
          : first >= 0xf0 && first < 0xf5
            ? 4
            : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  try {
    strictDecoder.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}
