import { BezoarError } from '@bezoar/core';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createConnection } from './connection.ts';
import { frameKind, fromJson, toJson, type Frame } from './frame.ts';
import { errorFromWire, errorToWire, peerFailed } from './peer-errors.ts';
import { createTcpGroup, type TcpGroup } from './tcp-group.ts';

export interface JoinGroupOptions {
  readonly rank: number;
  readonly size: number;
  /** Processes on this machine; all of them by default. */
  readonly localSize?: number | undefined;
  /** Where rank 0 listens: an address of its machine. When all are on this machine and it is a loopback address, nobody else can reach it. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds until all must have come; 5 minutes by default. */
  readonly joinTimeout?: number | undefined;
  /** Milliseconds that one process waits for another in `gather` and `sum`; 30 minutes by default. */
  readonly timeout?: number | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

type Line = ReturnType<typeof createConnection>;

const protocol = 'bezoar-group-1';
/** Bytes of the longest greeting. */
const longestHello = 1024;
/** Milliseconds between two attempts to reach rank 0, which may start later. */
const retryAfter = 200;

/**
 * Meets the other processes: rank 0 listens, all others connect to it. Resolves when all have come.
 *
 * Throws BezoarError PEER_FAILED (some did not come in time, by their ranks, or went away), BAD_CONFIG (the port is taken, two processes
 * have the same rank or they disagree about how many they are), or the signal's reason.
 */
export async function joinGroup(options: JoinGroupOptions): Promise<TcpGroup> {
  const { rank, size, joinTimeout = 300_000, timeout = 1_800_000, signal } = options;
  signal?.throwIfAborted();
  const lines = new Map<number, Line>();
  const place = { ...options, joinTimeout, lines };
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal?.reason as Error);
  signal?.addEventListener('abort', abort);
  const joining = rank === 0 ? welcomeAll(place) : findLeader(place);
  try {
    await Promise.race([joining.done, aborted]);
  } catch (error) {
    joining.stop();
    for (const line of lines.values()) line.send(frameKind.failed, errorToWire(error, rank));
    await Promise.all([...lines.values()].map((line) => line.end()));
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return createTcpGroup({ rank, size, lines, timeout });
}

interface Place extends JoinGroupOptions {
  readonly joinTimeout: number;
  /** Filled with those that are there. */
  readonly lines: Map<number, Line>;
}

interface Joining {
  readonly done: Promise<unknown>;
  stop(): void;
}

/** Rank 0: waits for all others, and tells them when they are complete. */
function welcomeAll({ size, localSize = size, host, port, joinTimeout, lines }: Place): Joining {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const strangers = new Set<Socket>();
  const server: Server = createServer((socket) => {
    strangers.add(socket);
    socket.once('close', () => strangers.delete(socket));
    void greet(socket);
  });
  const timer = setTimeout(() => {
    const missing = Array.from({ length: size - 1 }, (_, index) => index + 1).filter(
      (rank) => !lines.has(rank),
    );
    reject(peerFailed(missing, `did not come within ${joinTimeout / 1000} seconds`, advice.missing));
  }, joinTimeout);

  async function greet(socket: Socket): Promise<void> {
    const line = createConnection(socket, longestHello);
    const hello = readHello(await line.receive());
    if (hello === undefined) {
      socket.destroy();
      return;
    }
    const problem = refuse(hello, { size, taken: lines });
    if (problem !== undefined) {
      line.send(frameKind.failed, errorToWire(problem, 0));
      void line.end();
      return;
    }
    strangers.delete(socket);
    lines.set(hello.rank, line);
    socket.once('close', () => reject(peerFailed([hello.rank], 'went away before all had come')));
    if (lines.size < size - 1) return;
    for (const each of lines.values()) each.send(frameKind.welcome);
    resolve(undefined);
  }

  server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause)));
  // Rank 0 may be told `localhost` while others come from elsewhere, or the name of a service that stands before it.
  server.listen(isLoopback(host) && localSize === size ? { port, host } : { port });
  const stop = (): void => {
    clearTimeout(timer);
    server.close();
    for (const socket of strangers) socket.destroy();
  };
  void promise.then(stop, stop);
  return { done: promise, stop };
}

interface Hello {
  readonly rank: number;
  readonly size: number;
}

/** Undefined for who is no process of a group. */
function readHello({ kind, body }: Frame): Hello | undefined {
  if (kind !== frameKind.hello) return undefined;
  try {
    const hello = fromJson(body) as Hello & { readonly protocol?: unknown };
    return hello.protocol === protocol ? hello : undefined;
  } catch {
    return undefined;
  }
}

function refuse(
  { rank, size: counted }: Hello,
  { size, taken }: { readonly size: number; readonly taken: ReadonlyMap<number, unknown> },
): BezoarError | undefined {
  if (counted !== size) {
    return new BezoarError('BAD_CONFIG', `Rank ${rank} counts ${counted} processes, rank 0 counts ${size}.`, {
      advice: 'WORLD_SIZE must be the same for all of them.',
    });
  }
  if (rank > 0 && rank < size && !taken.has(rank)) return undefined;
  return new BezoarError('BAD_CONFIG', `There is a rank ${rank} already.`, {
    advice: 'Every process needs a RANK of its own; an earlier run may still be there.',
  });
}

/** Every other rank: connects to rank 0, which may not be there yet, and waits until all have come. */
function findLeader({ rank, size, host, port, joinTimeout, lines }: Place): Joining {
  let stopped = false;
  let pending: Socket | undefined;
  const until = Date.now() + joinTimeout;

  async function reach(): Promise<Socket> {
    for (;;) {
      const socket = connect({ host, port });
      pending = socket;
      const problem = await new Promise<Error | undefined>((resolve) => {
        socket.once('connect', () => resolve(undefined));
        socket.once('error', resolve);
      });
      if (problem === undefined) return socket;
      if (stopped || Date.now() > until) {
        throw new BezoarError(
          'PEER_FAILED',
          `Rank 0 does not answer at ${host}:${port}: ${problem.message}.`,
          { advice: advice.missing, cause: problem, data: { ranks: [0] } },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, retryAfter));
    }
  }

  async function join(): Promise<void> {
    const socket = await reach();
    const line = createConnection(socket);
    const answer = Promise.withResolvers<undefined>();
    socket.once('close', () =>
      answer.reject(peerFailed([0], `closed the line at ${host}:${port}`, advice.port)),
    );
    line.listen({
      onNotice: ({ kind, body }) => kind === frameKind.failed && answer.reject(errorFromWire(body)),
      onClose: () => undefined,
    });
    lines.set(0, line);
    line.send(frameKind.hello, toJson({ protocol, rank, size }));
    // Rank 0 gives up first, and says who is missing.
    const silent = setTimeout(
      () => answer.reject(peerFailed([0], 'does not say that all have come', advice.missing)),
      2 * joinTimeout,
    );
    void line.receive().then(() => answer.resolve(undefined));
    await answer.promise.finally(() => clearTimeout(silent));
  }

  return {
    done: join(),
    stop() {
      stopped = true;
      pending?.destroy();
    },
  };
}

const advice = {
  missing:
    'Look whether all processes were started and can reach MASTER_ADDR. BEZOAR_JOIN_TIMEOUT, in seconds, waits longer.',
  port: 'Something else may listen there: set BEZOAR_PORT to a free port, the same for all processes.',
} as const;

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): BezoarError {
  const why = cause.code === 'EADDRINUSE' ? 'it is in use' : cause.message;
  return new BezoarError('BAD_CONFIG', `Rank 0 cannot listen on port ${port} of ${host}: ${why}.`, {
    advice: 'Set MASTER_PORT, or BEZOAR_PORT, to a free port, the same for all processes.',
    cause,
    data: { host, port },
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
