import { BezoarError } from '@bezoar/core';
import type { BackendCapabilities, BackendOps } from '../contract/backend.ts';
import type { Weight } from '../contract/tensor.ts';
import { argumentChecks, type OpName } from './argument-checks.ts';
import { isNf4 } from './require.ts';

/**
 * Puts the shared argument checks in front of a backend's ops, so that every backend refuses the same calls in the same
 * words. From the capabilities it also refuses what the backend declares that it cannot do: ops in `missing`, weight
 * formats of `linear`, heads greater than `maxHeadDim`. Ops in `missing` may be left out of `ops`.
 *
 * The wrapped ops throw BezoarError BAD_INPUT, DISPOSED or UNSUPPORTED before anything is computed.
 */
export function withArgumentChecks(ops: Partial<BackendOps>, capabilities: BackendCapabilities): BackendOps {
  const names = Object.keys(argumentChecks) as OpName[];
  return Object.fromEntries(
    names.map((name) => [name, guard(name, { ops, capabilities })]),
  ) as unknown as BackendOps;
}

type AnyOp = (args: unknown) => unknown;

function guard(
  name: OpName,
  { ops, capabilities }: { ops: Partial<BackendOps>; capabilities: BackendCapabilities },
): AnyOp {
  const run = ops[name]?.bind(ops) as AnyOp | undefined;
  const reason = capabilities.missing[name] ?? (run ? undefined : 'it is not implemented');
  if (reason !== undefined || !run) {
    return () => {
      throw unsupported(
        name,
        reason ?? '',
        'Choose another backend for this work; capabilities.missing lists the gaps.',
      );
    };
  }
  const checkArguments = argumentChecks[name] as (args: unknown) => void;
  const checkLimits = limitsOf(name, capabilities);
  return (args) => {
    checkArguments(args);
    checkLimits?.(args);
    return run(args);
  };
}

/** The check of a declared limit that concerns this op, if there is one. */
function limitsOf(name: OpName, capabilities: BackendCapabilities): ((args: unknown) => void) | undefined {
  if (name === 'linear' || name === 'linearBackwardInput') {
    return (args) => {
      const { weight } = args as { weight: Weight };
      const format = isNf4(weight) ? 'nf4' : weight.dtype;
      if ([...capabilities.weightFormats].some((accepted) => accepted === format)) return;
      throw unsupported(
        name,
        `${format} weights are not accepted`,
        'Convert the weight to a format in capabilities.weightFormats.',
      );
    };
  }
  if (name === 'attention' || name === 'attentionBackward' || name === 'cachedAttention') {
    return (args) => {
      const { q, heads, ...rest } = args as {
        q: { size: number };
        heads: number;
        lse?: { size: number };
        slots?: { size: number };
      };
      const headSize = q.size / (rest.lse?.size ?? (rest.slots?.size ?? 0) * heads);
      if (!(headSize > capabilities.maxHeadDim)) return;
      throw unsupported(
        name,
        `heads of size ${headSize} are greater than ${capabilities.maxHeadDim}`,
        'Choose another backend for this model.',
      );
    };
  }
  return undefined;
}

function unsupported(op: OpName, reason: string, advice: string): BezoarError {
  return new BezoarError('UNSUPPORTED', `${op}: this backend cannot do it: ${reason}`, {
    advice,
    data: { op, reason },
  });
}
