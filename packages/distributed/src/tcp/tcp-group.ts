import type { ProcessGroup } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import type { Connection, ConnectionListener } from './connection.ts';
import { frameKind, joinParts, splitParts, type FrameKind } from './frame.ts';
import { errorFromWire, errorToWire, peerFailed } from './peer-errors.ts';

/** A group over TCP. Rank 0 has a line to every other process, and all messages go through it. */
export interface TcpGroup extends ProcessGroup {
  /** Aborted when any process of the group was told to stop. */
  readonly interruption: AbortSignal;
  /** Tells all processes to stop. */
  interrupt(): void;
  /** `timeout` in milliseconds stands over the group's own: Infinity waits as long as all are there. */
  gather(
    bytes: Uint8Array,
    options?: { readonly timeout?: number },
  ): Promise<readonly Uint8Array<ArrayBuffer>[]>;
  /** Leaves the group. With an error all others fail: with the same one when it is an interruption, with PEER_FAILED otherwise. */
  close(error?: unknown): Promise<void>;
}

export interface TcpGroupOptions {
  readonly rank: number;
  readonly size: number;
  /** By rank: of rank 0 to all others, of the others to rank 0. */
  readonly lines: ReadonlyMap<number, Connection & { listen(listener: ConnectionListener): void }>;
  /** Milliseconds that rank 0 waits for another process. The others wait twice as long, so that rank 0 finds out who is late. */
  readonly timeout: number;
}

/** Elements of a message of `sum`: while one is added up, the next ones are on their way. */
const chunkSize = 256 * 1024;

export function createTcpGroup({ rank, size, lines, timeout }: TcpGroupOptions): TcpGroup {
  const leads = rank === 0;
  const failure = new AbortController();
  const interruption = new AbortController();
  const left = new Set<number>();
  let over: Error | undefined;
  let closing = false;

  function fail(error: BezoarError): void {
    if (over !== undefined || closing) return;
    over = error;
    if (leads) for (const line of lines.values()) line.send(frameKind.failed, errorToWire(error, rank));
    failure.abort(error);
    for (const line of lines.values()) line.fail(error);
  }

  function noteInterrupt(from: number): void {
    if (leads) for (const [to, line] of lines) if (to !== from) line.send(frameKind.interrupt);
    interruption.abort(
      new BezoarError('INTERRUPTED', `Rank ${from} was told to stop.`, {
        advice: 'Run the same command again to go on from here.',
      }),
    );
  }

  for (const [other, line] of lines) {
    line.listen({
      onNotice({ kind, body }) {
        if (kind === frameKind.interrupt) noteInterrupt(other);
        else if (kind === frameKind.failed) fail(errorFromWire(body));
        else left.add(other);
      },
      onClose() {
        if (left.has(other)) line.fail(peerFailed([other], 'has left the group'));
        else fail(peerFailed([other], 'is gone: its process has ended or its machine cannot be reached'));
      },
    });
  }

  /** The next frame of another process, which must be of this kind. */
  async function receive(from: number, kind: FrameKind, patience: number): Promise<Uint8Array<ArrayBuffer>> {
    const limit = leads ? patience : 2 * patience;
    const late = (): void =>
      fail(
        peerFailed(
          [from],
          `did not answer within ${limit / 1000} seconds`,
          'It hangs or is much slower than the others. BEZOAR_PEER_TIMEOUT, in seconds, waits longer.',
        ),
      );
    const timer = Number.isFinite(limit) ? setTimeout(late, limit) : undefined;
    try {
      const frame = await lines.get(from)!.receive();
      if (frame.kind === kind) return frame.body;
    } finally {
      clearTimeout(timer);
    }
    const error = outOfStep(from);
    fail(error);
    throw error;
  }

  /** The same of all others, in the order of ranks. */
  const receiveAll = (kind: FrameKind, patience: number): Promise<Uint8Array<ArrayBuffer>[]> =>
    Promise.all(Array.from({ length: size - 1 }, (_, index) => receive(index + 1, kind, patience)));
  const sendAll = (kind: FrameKind, body: Uint8Array): void => {
    for (const line of lines.values()) line.send(kind, body);
  };

  async function leadSum(values: Float32Array<ArrayBuffer>): Promise<void> {
    for (let start = 0; start < values.length; start += chunkSize) {
      const own = values.subarray(start, start + chunkSize);
      const others = await receiveAll(frameKind.sum, timeout);
      const wrong = others.findIndex((body) => body.byteLength !== own.byteLength);
      if (wrong >= 0) {
        const error = outOfStep(wrong + 1);
        fail(error);
        throw error;
      }
      const totals = Float64Array.from(own);
      for (const { buffer } of others) addTo(totals, new Float32Array(buffer));
      own.set(totals);
      sendAll(frameKind.summed, bytesOf(own.slice()));
    }
  }

  async function followSum(values: Float32Array<ArrayBuffer>): Promise<void> {
    const starts = Array.from(
      { length: Math.ceil(values.length / chunkSize) },
      (_, index) => index * chunkSize,
    );
    const line = lines.get(0)!;
    for (const start of starts) line.send(frameKind.sum, bytesOf(values.subarray(start, start + chunkSize)));
    for (const start of starts)
      values.set(new Float32Array((await receive(0, frameKind.summed, timeout)).buffer), start);
  }

  return {
    rank,
    size,
    failure: failure.signal,
    interruption: interruption.signal,
    interrupt() {
      if (!leads) lines.get(0)!.send(frameKind.interrupt);
      noteInterrupt(rank);
    },
    async gather(bytes, { timeout: patience = timeout } = {}) {
      if (over !== undefined) throw over;
      if (!leads) {
        lines.get(0)!.send(frameKind.gather, bytes.slice());
        return splitParts(await receive(0, frameKind.gathered, patience));
      }
      const parts = [bytes.slice(), ...(await receiveAll(frameKind.gather, patience))];
      sendAll(frameKind.gathered, joinParts(parts));
      return parts;
    },
    async sum(values) {
      if (over !== undefined) throw over;
      await (leads ? leadSum(values) : followSum(values));
    },
    async close(error) {
      closing = true;
      if (error === undefined) sendAll(frameKind.bye, new Uint8Array());
      else if (over === undefined) sendAll(frameKind.failed, errorToWire(error, rank));
      await Promise.all([...lines.values()].map((line) => line.end()));
    },
  };
}

function outOfStep(rank: number): BezoarError {
  return new BezoarError('RANKS_DIFFER', `Rank ${rank} does something else than rank 0.`, {
    advice: 'Start all processes with the same command and the same version of Bezoar.',
    data: { rank },
  });
}

function addTo(totals: Float64Array, values: Float32Array): void {
  for (let i = 0; i < totals.length; i++) totals[i]! += values[i]!;
}

function bytesOf(values: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
