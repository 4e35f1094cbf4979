import type { Backend } from '../contract/backend.ts';
import { createReferenceBackend } from '../reference/create-reference-backend.ts';
import { disagreement } from './compare.ts';
import type { BuiltCase } from './op-case.ts';
import { downloadBytes, downloadNumbers, uploadCase } from './scratch.ts';

/**
 * Runs a case twice and says what is wrong with it, if anything: outputs that disagree with the formula (or the
 * reference backend), inputs that were changed, bits that differ between two runs, memory that was not given back.
 */
export async function checkOpCase(
  backend: Backend,
  built: BuiltCase,
  tolerance: number,
): Promise<string | undefined> {
  const before = backend.memory();
  const first = await runCase(backend, built);
  const second = await runCase(backend, built);
  const after = backend.memory();

  const expected = built.expected?.() ?? (await runCase(createReferenceBackend(), built)).numbers;
  for (const name of built.outputs) {
    const wrong = disagreement(first.numbers[name]!, expected[name]!, tolerance);
    if (wrong) return `${name}: ${wrong}`;
    if (!sameBytes(first.bytes[name]!, second.bytes[name]!))
      return `${name}: two runs on the same inputs gave different bits`;
  }
  if (first.changed.length > 0) return `the op changed its inputs ${first.changed.join(', ')}`;
  if (before.live !== after.live || before.tensors !== after.tensors) {
    return `memory leaked: ${before.live} bytes in ${before.tensors} tensors before, ${after.live} in ${after.tensors} after`;
  }
  return undefined;
}

interface CaseRun {
  readonly numbers: Record<string, Float64Array>;
  readonly bytes: Record<string, Uint8Array>;
  /** Inputs that are not outputs and have other bits than before. */
  readonly changed: readonly string[];
}

async function runCase(backend: Backend, built: BuiltCase): Promise<CaseRun> {
  const scratch = uploadCase(backend, built.inputs);
  try {
    built.call(backend, scratch);
    const run: CaseRun & { changed: string[] } = { numbers: {}, bytes: {}, changed: [] };
    for (const [name, value] of Object.entries(built.inputs)) {
      if (value.kind === 'nf4') continue;
      const bytes = await downloadBytes(backend, scratch.tensor(name));
      if (built.outputs.includes(name)) {
        run.bytes[name] = bytes;
        run.numbers[name] = await downloadNumbers(backend, scratch.tensor(name));
      } else if (
        !sameBytes(bytes, new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength))
      ) {
        run.changed.push(name);
      }
    }
    return run;
  } finally {
    scratch.dispose();
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
