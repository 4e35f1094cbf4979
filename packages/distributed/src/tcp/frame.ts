/** What a message is about. */
export const frameKind = {
  /** A process says who it is; rank 0 answers when all have come. */
  hello: 1,
  welcome: 2,
  gather: 3,
  gathered: 4,
  sum: 5,
  summed: 6,
  /** Somebody was told to stop. */
  interrupt: 7,
  /** The group has fallen apart, and why. */
  failed: 8,
  /** A process ends as it should. */
  bye: 9,
} as const;

export type FrameKind = (typeof frameKind)[keyof typeof frameKind];

export interface Frame {
  readonly kind: FrameKind;
  /** Alone in its buffer. */
  readonly body: Uint8Array<ArrayBuffer>;
}

const headerBytes = 5;

/** One byte of kind, four of length (little-endian), and the body. */
export function frameHeader(kind: FrameKind, bytes: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(headerBytes));
  header.setUint8(0, kind);
  header.setUint32(1, bytes, true);
  return new Uint8Array(header.buffer);
}

export interface FrameReaderOptions {
  /** The longest body that is accepted now. */
  readonly limit: () => number;
  readonly onFrame: (frame: Frame) => void;
}

/** Puts frames together from pieces of a stream. False when what comes is no frame. */
export function createFrameReader({ limit, onFrame }: FrameReaderOptions): (piece: Uint8Array) => boolean {
  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  let body: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;
  return (piece) => {
    let at = 0;
    for (;;) {
      const target = body ?? header;
      const count = Math.min(piece.length - at, target.length - filled);
      target.set(piece.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled < target.length) return true;
      filled = 0;
      if (body === undefined) {
        const bytes = view.getUint32(1, true);
        if (!isKind(header[0]!) || bytes > limit()) return false;
        body = new Uint8Array(bytes);
      } else {
        const frame = { kind: header[0] as FrameKind, body };
        body = undefined;
        onFrame(frame);
      }
    }
  };
}

const kinds = new Set<number>(Object.values(frameKind));

function isKind(value: number): value is FrameKind {
  return kinds.has(value);
}

/** Several byte strings in one: each with its length (u32) before it. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + 4 + part.length, 0));
  const view = new DataView(whole.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    whole.set(part, at + 4);
    at += 4 + part.length;
  }
  return whole;
}

export function splitParts(whole: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < whole.length;) {
    const bytes = view.getUint32(at, true);
    parts.push(whole.slice(at + 4, at + 4 + bytes));
    at += 4 + bytes;
  }
  return parts;
}

export function toJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

export function fromJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
