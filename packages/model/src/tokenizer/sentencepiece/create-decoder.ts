import { decodeBytes } from './decode-bytes.ts';
import { pieceType, wordSpace, type SentencePieceModel } from './parse-model-proto.ts';

/** Ids to text as SentencePiece does it; ids that are no piece decode to nothing. */
export function createDecoder(model: SentencePieceModel): (ids: readonly number[]) => string {
  const stripsFirst = model.addDummyPrefix || model.removeExtraWhitespaces;
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
      if (piece?.type === pieceType.byte) {
        bytes.push(Number.parseInt(piece.text.slice(3, 5), 16));
        atStart = false;
        continue;
      }
      // Anything else ends a character of several bytes, whether it shows or not.
      flush();
      if (piece === undefined || piece.type === pieceType.control) continue;
      if (piece.type === pieceType.unknown) {
        text += model.unkSurface;
        atStart = false;
        continue;
      }
      // The dummy prefix goes; where extra spaces are removed, every one in front does.
      const strips: boolean = atStart && stripsFirst && piece.text.startsWith(wordSpace);
      const rest: string = strips ? piece.text.slice(1) : piece.text;
      text += rest.replaceAll(wordSpace, ' ');
      atStart = atStart && rest === '' && model.removeExtraWhitespaces;
    }
    flush();
    return text;
  };
}
