import type { BackendCapabilities, BackendOps } from '../contract/backend.ts';
import { argumentChecks, type OpName } from './argument-checks.ts';
import { limitChecks, unsupported } from './limit-checks.ts';

/**
 * Puts the shared argument checks in front of a backend's ops, so that every backend refuses the same calls in the same
 * words. From the capabilities it also refuses what the backend declares that it cannot do: ops in `missing`, weight
 * formats of `linear`, heads greater than `maxHeadDim`. Ops in `missing` may be left out of `ops`.
 *
 * The wrapped ops throw BezoarError BAD_INPUT, DISPOSED or UNSUPPORTED before anything is computed.
 */
export function withArgumentChecks(ops: Partial<BackendOps>, capabilities: BackendCapabilities): BackendOps {
  const names = Object.keys(argumentChecks) as OpName[];
  const guarded = names.map((name) => [name, guard(name, { ops, capabilities })] as const);
  return Object.fromEntries(guarded) as unknown as BackendOps;
}

interface Guarded {
  readonly ops: Partial<BackendOps>;
  readonly capabilities: BackendCapabilities;
}

function guard(name: OpName, { ops, capabilities }: Guarded): (args: unknown) => unknown {
  const run = ops[name]?.bind(ops) as ((args: unknown) => unknown) | undefined;
  const reason = capabilities.missing[name];
  if (reason !== undefined || !run) {
    return () => {
      const advice = 'Choose another backend for this work; capabilities.missing lists the gaps.';
      throw unsupported(name, reason ?? 'it is not implemented', advice);
    };
  }
  // The tables are typed op by op; here only the name ties check and op together.
  const checkArguments = argumentChecks[name] as (args: unknown) => void;
  const checkLimits = limitChecks[name] as ((args: unknown, limits: BackendCapabilities) => void) | undefined;
  return (args) => {
    checkArguments(args);
    checkLimits?.(args, capabilities);
    return run(args);
  };
}
