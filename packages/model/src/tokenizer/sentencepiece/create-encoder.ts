import { mergePieces, type MergeTable } from './merge-pieces.ts';
import { pieceType, wordSpace, type SentencePieceModel } from './parse-model-proto.ts';

/** Words that are remembered with their ids; then all are forgotten, so that memory stays bounded. */
const maxRemembered = 100_000;
const maxRememberedLength = 40;

/** Text to ids, exact to SentencePiece's BPE. */
export function createEncoder(model: SentencePieceModel): (text: string) => number[] {
  const table = new Map<string, { id: number; score: number; unused: boolean }>();
  const byteIds: number[] = [];
  model.pieces.forEach(({ text, score, type }, id) => {
    if (type === pieceType.byte) byteIds[Number.parseInt(text.slice(3, 5), 16)] = id;
    else if (isMergeable(type)) table.set(text, { id, score, unused: type === pieceType.unused });
  });
  const mergeTable: MergeTable = { lookup: (text) => table.get(text) };
  const utf8 = new TextEncoder();
  const segments = createSegmenter(model);
  const remembered = new Map<string, readonly number[]>();

  const pieceIds = (piece: string): number[] => {
    const entry = table.get(piece);
    if (entry !== undefined) return [entry.id];
    if (!model.byteFallback) return [model.unkId];
    return Array.from(utf8.encode(piece), (byte) => byteIds[byte] ?? model.unkId);
  };
  const segmentIds = ({ text, frozen }: Segment): readonly number[] => {
    if (frozen) return pieceIds(text);
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const ids = mergePieces(Array.from(text), mergeTable).flatMap(pieceIds);
    if (text.length <= maxRememberedLength) {
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(text, ids);
    }
    return ids;
  };

  return (text) => {
    const out: number[] = [];
    let last = -1;
    for (const segment of segments(normalise(text, model))) {
      for (const id of segmentIds(segment)) {
        // Neighbouring unknown pieces are one.
        if (id !== model.unkId || last !== model.unkId) out.push(id);
        last = id;
      }
    }
    return out;
  };
}

function isMergeable(type: number): boolean {
  return type === pieceType.normal || type === pieceType.userDefined || type === pieceType.unused;
}

/**
 * Lone surrogates become U+FFFD, as they do in UTF-8; spaces become U+2581, one is put in front. Where extra spaces are
 * removed, those at the end go last, so a U+2581 that stood in the text goes with them.
 */
function normalise(text: string, { addDummyPrefix, removeExtraWhitespaces }: SentencePieceModel): string {
  let clean = text.toWellFormed();
  if (removeExtraWhitespaces) clean = clean.replace(/^ +/, '').replace(/ {2,}/g, ' ');
  if (clean === '') return '';
  const escaped = (addDummyPrefix ? ` ${clean}` : clean).replaceAll(' ', wordSpace);
  return removeExtraWhitespaces ? escaped.replace(/\u2581+$/, '') : escaped;
}

/** A part of the text that no merge leaves. */
interface Segment {
  readonly text: string;
  /** A user-defined piece: taken whole, the longest first. */
  readonly frozen: boolean;
}

function createSegmenter(model: SentencePieceModel): (text: string) => Iterable<Segment> {
  const userDefined = model.pieces
    .filter(({ type }) => type === pieceType.userDefined)
    .map(({ text }) => text)
    .sort((a, b) => b.length - a.length);
  const words = wordPattern(model);
  if (userDefined.length === 0)
    return function* (text) {
      for (const [word] of text.matchAll(words)) yield { text: word, frozen: false };
    };
  const symbols = new RegExp(`(${userDefined.map(escapePattern).join('|')})`, 'u');
  return function* (text) {
    // Splitting by a group puts what it matched at the odd places.
    for (const [index, part] of text.split(symbols).entries()) {
      if (index % 2 === 1) yield { text: part, frozen: true };
      else for (const [word] of part.matchAll(words)) yield { text: word, frozen: false };
    }
  };
}

/**
 * Words with the spaces in front of them, when no piece reaches from a word into the next space: then no merge does. An
 * unused piece is taken apart as it was last put together anywhere in the text, so then the text is one segment.
 */
function wordPattern({ pieces }: SentencePieceModel): RegExp {
  const isWhole = ({ text, type }: { text: string; type: number }): boolean =>
    isMergeable(type) && (type === pieceType.unused || /[^\u2581]\u2581/u.test(text));
  return pieces.some(isWhole) ? /[^]+/gu : /\u2581*[^\u2581]+|\u2581+/gu;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
