import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { WasmThread, WasmThreadStart } from './wasm-engine.ts';

/** Plain source, because a worker's file would have to be found from src/, dist/ and bundles. */
const workerSource = `
const { workerData: { module, memory, stack, pool, thread } } = require('node:worker_threads');
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
exports.__stack_pointer.value = stack;
exports.bz_worker(pool, thread);
`;

/** A worker thread of Node that serves the pool until it stops. */
export function startNodeThread(workerData: WasmThreadStart): WasmThread {
  const worker = new Worker(workerSource, { eval: true, workerData, execArgv: [], name: 'bezoar-kernels' });
  // The pool works with any number of workers: one that cannot start costs speed, not results.
  worker.on('error', () => undefined);
  worker.unref();
  const ended = once(worker, 'exit');
  return {
    async end() {
      worker.ref();
      await ended;
    },
  };
}
