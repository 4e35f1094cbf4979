import { createRng } from '@bezoar/core';
import { argumentChecks, type OpName } from '../checks/argument-checks.ts';
import type { Backend } from '../contract/backend.ts';
import { allOpCases } from './all-op-cases.ts';
import { checkMisuse, codeOf } from './check-misuse.ts';
import { checkOpCase } from './check-op-case.ts';
import { memoryCases } from './memory-cases.ts';
import { specialCases } from './special-cases.ts';
import type { BackendTestOptions, TestContext } from './test-api.ts';
import { toleranceOf } from './tolerances.ts';

const DEFAULT_SEED = 20230609;

/**
 * The conformance suite of the compute contract: registers a few hundred tests that compare every op of a backend with
 * the suite's own float64 formulas, finite differences and, at larger sizes, the reference backend; and that try memory,
 * determinism, leaks and misuse. The functions of the test framework are passed in.
 *
 * Cases of ops in `capabilities.missing`, of weight formats that are not accepted and of `skip` are reported as skipped,
 * with the reason. A gap that is not declared fails.
 */
export function testBackend(options: BackendTestOptions): void {
  const { api, name, create, skip = [], tolerance = 1, seed = DEFAULT_SEED } = options;
  let shared: Promise<Backend> | undefined;
  const backend = (): Promise<Backend> => (shared ??= Promise.resolve(create()));
  const titles = new Set<string>();
  /** The whole finding goes into the message: frameworks shorten long values. */
  const expectNothing = (wrong: string | undefined, title: string): void =>
    api.expect(wrong, `${title} (seed ${seed}): ${wrong ?? 'as it should be'}`).toBe(undefined);

  const register = (
    title: string,
    ops: readonly OpName[],
    body: (on: Backend, context: TestContext) => Promise<void>,
  ): void => {
    titles.add(title);
    api.it(title, async (context) => {
      const on = await backend();
      const listed = skip.find((entry) => entry.case === title || ops.some((op) => op === entry.case));
      const gap = ops.find((op) => on.capabilities.missing[op] !== undefined);
      if (listed) context.skip(listed.reason);
      else if (gap) context.skip(`declared gap: ${gap}: ${on.capabilities.missing[gap]!}`);
      else await body(on, context);
    });
  };

  api.describe(`${name}: conformance to the compute contract (seed ${seed})`, () => {
    for (const [title, run] of Object.entries(memoryCases())) {
      register(`memory: ${title}`, [], async () => {
        const fresh = await create();
        try {
          expectNothing(await run(fresh), title);
        } finally {
          await fresh.dispose();
        }
      });
    }

    register('declared gaps: each has a reason and throws UNSUPPORTED', [], async (on) => {
      for (const [op, reason] of Object.entries(on.capabilities.missing)) {
        api.expect(typeof reason === 'string' && reason !== '', `the reason for ${op}`).toBe(true);
        api
          .expect(
            codeOfCall(() => on[op as OpName]({} as never)),
            op,
          )
          .toBe('UNSUPPORTED');
      }
      return Promise.resolve();
    });

    const cases = allOpCases();
    for (const opCase of cases) {
      const title = `${opCase.op}: ${opCase.name}`;
      register(title, [opCase.op], async (on, context) => {
        if (opCase.needs && !on.capabilities.weightFormats.has(opCase.needs)) {
          context.skip(`declared gap: ${opCase.needs} weights are not accepted`);
          return;
        }
        const wrong = await checkOpCase(
          on,
          opCase.build(rngOf(seed, title)),
          toleranceOf(opCase.op) * tolerance,
        );
        expectNothing(wrong, title);
      });
    }

    for (const op of Object.keys(argumentChecks) as OpName[]) {
      const dense = cases.filter((opCase) => opCase.op === op && opCase.needs === undefined).at(-1);
      if (!dense) continue;
      register(`${op}: refuses disposed tensors, wrong dtypes and wrong sizes`, [op], (on) => {
        expectNothing(checkMisuse(on, dense.build(rngOf(seed, op))), op);
        return Promise.resolve();
      });
    }

    for (const special of specialCases()) {
      const title = `${special.ops.join(' + ')}: ${special.name}`;
      register(title, special.ops, async (on) => {
        expectNothing(await special.run(on, rngOf(seed, title)), title);
      });
    }

    register('every entry of `skip` names a case or an op', [], () => {
      const unknown = skip.filter((entry) => !titles.has(entry.case) && !(entry.case in argumentChecks));
      api.expect(unknown, 'skip').toEqual([]);
      return Promise.resolve();
    });

    register('nothing is left in memory after all cases', [], async (on) => {
      api.expect(on.memory().live, 'live bytes').toBe(0);
      await on.dispose();
    });
  });
}

function rngOf(seed: number, title: string): ReturnType<typeof createRng> {
  return createRng(seed).fork(title);
}

function codeOfCall(call: () => unknown): string {
  try {
    call();
    return 'nothing thrown';
  } catch (error) {
    return codeOf(error);
  }
}
