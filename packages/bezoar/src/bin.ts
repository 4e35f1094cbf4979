#!/usr/bin/env node
import { BezoarError } from '@bezoar/core';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Output, StartedProgram } from './cli/io.ts';
import type { Prompts } from './cli/prompts.ts';
import { runCli } from './cli/run-cli.ts';

/** The only file that touches the process. */
function output(stream: NodeJS.WriteStream): Output {
  // Whoever read the output may stop reading (`bezoar … | head`): that ends no run.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY,
    get columns() {
      return stream.columns || 80;
    },
  };
}

/** On stderr, as everything that is no result. */
async function prompts(): Promise<Prompts | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const { terminalPrompts } = await import('./cli/terminal-prompts.ts');
  return terminalPrompts({ input: process.stdin, output: process.stderr });
}

/** Milliseconds: one Ctrl-C may arrive more than once, from the terminal and from a launcher that hands it on. */
const burst = 500;

/** The first Ctrl-C asks to save and stop, the second one stops. Who was started by another process stops when that one is gone. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const stop = (): void => {
    if (controller.signal.aborted) {
      if (performance.now() - first > burst) process.exit(130);
      return;
    }
    first = performance.now();
    controller.abort(
      new BezoarError('INTERRUPTED', 'The run was stopped; everything that was done is saved.', {
        advice: 'Run the same command again to go on from here.',
      }),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  process.channel?.unref();
  return controller.signal;
}

/** The channel between the two tells each when the other is gone. */
function start(args: readonly string[], env: Readonly<Record<string, string>>): StartedProgram {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
  return { ended, kill: (signal) => void child.kill(signal) };
}

// node:sqlite says on every start that it is experimental; what it is used for is tested on every Node that is supported.
const emitWarning = process.emitWarning.bind(process);
process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
  if (String(warning).includes('SQLite is an experimental feature')) return;
  emitWarning(warning, ...(rest as []));
};

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  env: process.env,
  prompts,
  interruption,
  start,
});
