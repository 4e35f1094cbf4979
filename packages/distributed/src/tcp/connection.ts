import type { Socket } from 'node:net';
import { createFrameReader, frameHeader, frameKind, type Frame, type FrameKind } from './frame.ts';

/** A line to another process. */
export interface Connection {
  send(kind: FrameKind, body?: Uint8Array): void;
  /** The next frame that asks or answers something, in order. */
  receive(): Promise<Frame>;
  /** Ends what waits, and what will. */
  fail(error: Error): void;
  /** Sends what is still to be sent, and closes. */
  end(): Promise<void>;
}

export interface ConnectionListener {
  /** Told at once, out of order: `interrupt`, `failed`, `bye`. */
  onNotice(frame: Frame): void;
  /** The line is closed, by whomever. */
  onClose(): void;
}

/** The other side is known, and trusted with large messages. */
const largest = 2 ** 32 - 1;
const notices = new Set<FrameKind>([frameKind.interrupt, frameKind.failed, frameKind.bye]);
/** Milliseconds for the other side to take the last bytes. */
const farewell = 2000;

/** `first` bounds the first frame: who has not said who it is may not send much. */
export function createConnection(
  socket: Socket,
  first: number = largest,
): Connection & {
  listen(listener: ConnectionListener): void;
} {
  const inbox: Frame[] = [];
  const waiting: { readonly resolve: (frame: Frame) => void; readonly reject: (error: Error) => void }[] = [];
  const missed: Frame[] = [];
  let limit = first;
  let listener: ConnectionListener | undefined;
  let failure: Error | undefined;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));

  const onFrame = (frame: Frame): void => {
    limit = largest;
    if (notices.has(frame.kind)) {
      if (listener === undefined) missed.push(frame);
      else listener.onNotice(frame);
      return;
    }
    const next = waiting.shift();
    if (next === undefined) inbox.push(frame);
    else next.resolve(frame);
  };
  const read = createFrameReader({ limit: () => limit, onFrame });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 10_000);
  socket.on('data', (piece) => {
    if (!read(piece)) socket.destroy();
  });
  // What follows is 'close'.
  socket.on('error', () => undefined);
  void closed.then(() => listener?.onClose());

  return {
    send(kind, body = new Uint8Array()) {
      if (!socket.writable) return;
      socket.write(frameHeader(kind, body.byteLength));
      if (body.byteLength > 0) socket.write(body);
    },
    receive() {
      const frame = inbox.shift();
      if (frame !== undefined) return Promise.resolve(frame);
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    fail(error) {
      failure = error;
      for (const { reject } of waiting.splice(0)) reject(error);
    },
    async end() {
      socket.end();
      const timer = setTimeout(() => socket.destroy(), farewell);
      await closed;
      clearTimeout(timer);
    },
    listen(given) {
      listener = given;
      for (const frame of missed.splice(0)) given.onNotice(frame);
      if (socket.closed) given.onClose();
    },
  };
}
