import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { benchOps, type BenchOp } from './bench-ops.ts';
import { timeTinyStep, type StepFigures } from './time-tiny-step.ts';

/*
 * Every op, timed and compared with the reference. Nothing of Node, so that it runs in a browser too.
 */

export interface OpFigures {
  /** Of one call among many, waited for at the end. */
  readonly milliseconds: number;
  /** Greatest difference from the reference, relative to its greatest value. */
  readonly error: number;
}

export interface BackendFigures {
  readonly backend: string;
  readonly ops: Readonly<Record<string, OpFigures>>;
  readonly step: StepFigures;
}

/** Times every op on a backend, `calls` of each, and a step of a tiny model. */
export async function timeOps(create: () => Promise<Backend>, calls = 20): Promise<BackendFigures> {
  const backend = await create();
  const ops: Record<string, OpFigures> = {};
  for (const [name, op] of Object.entries(benchOps)) {
    const expected = await outputOf(createReferenceBackend(), op);
    const actual = await outputOf(backend, op);
    ops[name] = { milliseconds: await timeOf(backend, op, calls), error: errorOf(actual, expected) };
  }
  const step = await timeTinyStep(backend);
  const description = backend.capabilities.description;
  await backend.dispose();
  return { backend: description, ops, step };
}

async function outputOf(backend: Backend, op: BenchOp): Promise<ArrayLike<number>> {
  return await backend.download(op(backend, createRng(1))());
}

async function timeOf(backend: Backend, op: BenchOp, calls: number): Promise<number> {
  const call = op(backend, createRng(1));
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    await backend.download(call());
    const started = performance.now();
    for (let i = 1; i < calls; i++) call();
    // Reading is how one waits everywhere; of the least that can be read.
    await backend.download(call());
    best = Math.min(best, (performance.now() - started) / calls);
  }
  return best;
}

function errorOf(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, greatest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    greatest = Math.max(greatest, Math.abs(expected[i]!));
  }
  return greatest === 0 ? difference : difference / greatest;
}
