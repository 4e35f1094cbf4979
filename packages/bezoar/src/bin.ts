#!/usr/bin/env node
import { BezoarError } from '@bezoar/core';
import { runCli } from './cli/run-cli.ts';
import type { Output } from './cli/io.ts';

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

/** The first Ctrl-C asks to save and stop, the second one stops. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(
      new BezoarError('INTERRUPTED', 'The run was stopped; everything that was done is saved.', {
        advice: 'Run the same command again to go on from here.',
      }),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
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
  interruption,
});
