import { BezoarError } from '@bezoar/core';
import type { CliIo, StartedProgram } from './io.ts';

export interface LaunchOptions {
  readonly command: string;
  /** Without `--processes`. */
  readonly rawArgs: readonly string[];
  readonly count: number;
  readonly io: CliIo;
}

/** Milliseconds that the others have, when one has failed, to see it and end by themselves. */
const grace = 30_000;

/**
 * Starts the command in several processes on this machine, as torchrun would, and waits for all of them. A signal is handed on. Throws
 * BezoarError with the exit code of the first one that failed; BAD_CONFIG when a launcher has started this process already.
 */
export async function launchProcesses({ command, rawArgs, count, io }: LaunchOptions): Promise<void> {
  if (!Number.isInteger(count) || count < 1)
    throw new BezoarError('BAD_CONFIG', `--processes is ${count}; a whole number from 1 is needed.`);
  const set = ['RANK', 'WORLD_SIZE'].find((name) => io.env[name] !== undefined);
  if (set !== undefined) {
    throw new BezoarError(
      'BAD_CONFIG',
      `--processes starts processes, but ${set} says that a launcher has done so.`,
      {
        advice: 'Leave --processes out under a launcher, or unset RANK and WORLD_SIZE.',
      },
    );
  }
  // Loaded here, so that other commands do not load it.
  const { freePort } = await import('@bezoar/distributed');
  const port = String(await freePort());
  const signal = io.interruption();
  const programs = Array.from({ length: count }, (_, rank) =>
    io.start([command, ...rawArgs], {
      ...{ RANK: String(rank), LOCAL_RANK: String(rank) },
      ...{ WORLD_SIZE: String(count), LOCAL_WORLD_SIZE: String(count) },
      ...{ MASTER_ADDR: '127.0.0.1', MASTER_PORT: port },
    }),
  );
  const handOn = (): void => programs.forEach((program) => program.kill('SIGINT'));
  if (signal.aborted) handOn();
  signal.addEventListener('abort', handOn);
  const failed = await firstFailure(programs);
  signal.removeEventListener('abort', handOn);
  if (failed === undefined) return;
  throw new BezoarError(
    failed.exitCode === 130 ? 'INTERRUPTED' : 'PEER_FAILED',
    `Rank ${failed.rank} ended with exit code ${failed.exitCode}.`,
    { advice: 'What it says above is why.', data: failed },
  );
}

interface Failure extends Readonly<Record<string, unknown>> {
  readonly rank: number;
  readonly exitCode: number;
}

/** Waits for all programs. When one has failed the others end by themselves; who does not is killed. */
async function firstFailure(programs: readonly StartedProgram[]): Promise<Failure | undefined> {
  let first: Failure | undefined;
  let timer: NodeJS.Timeout | undefined;
  await Promise.all(
    programs.map(async ({ ended }, rank) => {
      const exitCode = await ended;
      if (exitCode === 0 || first !== undefined) return;
      first = { rank, exitCode };
      timer = setTimeout(() => programs.forEach((program) => program.kill('SIGKILL')), grace);
    }),
  );
  clearTimeout(timer);
  return first;
}
