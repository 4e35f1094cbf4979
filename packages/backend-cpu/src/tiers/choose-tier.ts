import { BezoarError } from '@bezoar/core';
import type { InstructionSet } from '../engine/instruction-sets.ts';
import type { NativeProbe } from './probe-native.ts';

export type CpuTier = 'native' | 'wasm';

export interface TierWish {
  readonly tier: 'auto' | CpuTier;
  readonly isa: 'auto' | InstructionSet;
}

export type TierChoice =
  | { readonly tier: 'native'; readonly isa: InstructionSet }
  | { readonly tier: 'wasm'; /** Why not native, when nobody asked for wasm. */ readonly reason?: string };

/**
 * Native with the best instruction set where the probe found one, else WebAssembly. A wish that cannot be met is an error
 * (BACKEND_UNAVAILABLE), never silently something else.
 */
export function chooseTier({ tier, isa }: TierWish, native: NativeProbe): TierChoice {
  if (tier === 'wasm') {
    if (isa === 'auto') return { tier };
    throw new BezoarError('BAD_CONFIG', `isa ${isa} belongs to the native tier, but tier is wasm`, {
      advice: 'Leave isa out, or choose tier "native".',
      data: { tier, isa },
    });
  }
  const found = isa === 'auto' ? native.isas[0] : native.isas.find((name) => name === isa);
  if (found) return { tier: 'native', isa: found };
  const reason = native.reason ?? `it offers ${native.isas.join(', ')}, not ${isa}`;
  if (tier === 'auto' && isa === 'auto') return { tier: 'wasm', reason };
  throw new BezoarError(
    'BACKEND_UNAVAILABLE',
    `the native CPU kernels${isa === 'auto' ? '' : ` for ${isa}`} cannot run: ${reason}`,
    {
      advice: 'Choose tier "auto", or build the kernels for this machine with `pnpm build:kernels`.',
      data: { tier, isa, available: native.isas, reason },
    },
  );
}
