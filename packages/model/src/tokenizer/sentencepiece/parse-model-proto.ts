import { BezoarError } from '@bezoar/core';

/** Piece types of SentencePiece's ModelProto. */
export const pieceType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** What stands for a space in pieces. */
export const wordSpace = '\u2581';

export interface Piece {
  readonly text: string;
  readonly score: number;
  readonly type: number;
}

/** What this reader needs of a `tokenizer.model`. */
export interface SentencePieceModel {
  readonly pieces: readonly Piece[];
  /** 1 unigram, 2 BPE, 3 word, 4 char */
  readonly modelType: number;
  readonly byteFallback: boolean;
  readonly unkId: number;
  readonly bosId: number;
  readonly eosId: number;
  /** What unk decodes to. */
  readonly unkSurface: string;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
  readonly whitespaceAsSuffix: boolean;
  /** Empty for the identity. */
  readonly precompiledCharsmap: Uint8Array;
}

/**
 * Reads the protobuf wire format of sentencepiece_model.proto: pieces = 1, trainer_spec = 2, normalizer_spec = 3.
 * Throws BezoarError BAD_FILE when the bytes are no such message.
 */
export function parseModelProto(bytes: Uint8Array, what: string): SentencePieceModel {
  try {
    return parse(bytes);
  } catch (cause) {
    throw new BezoarError('BAD_FILE', `${what} is not a SentencePiece model.`, {
      cause,
      advice: 'Download it again.',
    });
  }
}

function parse(bytes: Uint8Array): SentencePieceModel {
  const pieces: Piece[] = [];
  let trainer = new Map<number, Value>();
  let normalizer = new Map<number, Value>();
  for (const [field, value] of fields(bytes)) {
    if (field === 1) pieces.push(parsePiece(asBytes(value)));
    else if (field === 2) trainer = new Map(fields(asBytes(value)));
    else if (field === 3) normalizer = new Map(fields(asBytes(value)));
  }
  if (pieces.length === 0) throw new Error('no pieces');
  return {
    pieces,
    modelType: asNumber(trainer.get(3), 1),
    whitespaceAsSuffix: asNumber(trainer.get(24), 0) === 1,
    byteFallback: asNumber(trainer.get(35), 0) === 1,
    unkId: asNumber(trainer.get(40), 0),
    bosId: asNumber(trainer.get(41), 1),
    eosId: asNumber(trainer.get(42), 2),
    unkSurface: trainer.has(44) ? utf8.decode(asBytes(trainer.get(44))) : ' \u2047 ',
    precompiledCharsmap: normalizer.has(2) ? asBytes(normalizer.get(2)) : new Uint8Array(),
    addDummyPrefix: asNumber(normalizer.get(3), 1) === 1,
    removeExtraWhitespaces: asNumber(normalizer.get(4), 1) === 1,
    escapeWhitespaces: asNumber(normalizer.get(5), 1) === 1,
  };
}

function parsePiece(bytes: Uint8Array): Piece {
  const message = new Map(fields(bytes));
  const score = message.get(2);
  return {
    text: utf8.decode(asBytes(message.get(1))),
    score:
      score instanceof Uint8Array ? new DataView(score.buffer, score.byteOffset, 4).getFloat32(0, true) : 0,
    type: asNumber(message.get(3), pieceType.normal),
  };
}

type Value = number | Uint8Array;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The fields of a message in order: varints as numbers, everything else as its bytes. */
function* fields(bytes: Uint8Array): Generator<[number, Value]> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63) throw new Error('a varint runs past the end');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error('a field runs past the end');
    return bytes.subarray(at, (at += length));
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key & 7;
    if (wire === 0) yield [key >>> 3, varint()];
    else if (wire === 1) yield [key >>> 3, take(8)];
    else if (wire === 2) yield [key >>> 3, take(varint())];
    else if (wire === 5) yield [key >>> 3, take(4)];
    else throw new Error(`wire type ${wire}`);
  }
}

function asNumber(value: Value | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function asBytes(value: Value | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error('a field has the wrong type');
}
