import { describe, expect, it } from 'vitest';
import { chooseTier } from './choose-tier.ts';

const zen = { isas: ['avx512bf16', 'avx512', 'avx2'] } as const;
const none = { isas: [], reason: 'there is no native library' } as const;

describe('chooseTier', () => {
  it('takes the best instruction set of the native library', () => {
    expect(chooseTier({ tier: 'auto', isa: 'auto' }, zen)).toEqual({ tier: 'native', isa: 'avx512bf16' });
    expect(chooseTier({ tier: 'native', isa: 'avx2' }, zen)).toEqual({ tier: 'native', isa: 'avx2' });
  });

  it('falls back to WebAssembly with the reason kept', () => {
    expect(chooseTier({ tier: 'auto', isa: 'auto' }, none)).toEqual({ tier: 'wasm', reason: none.reason });
  });

  it('takes WebAssembly when asked, whatever else there is', () => {
    expect(chooseTier({ tier: 'wasm', isa: 'auto' }, zen)).toEqual({ tier: 'wasm' });
  });

  it('never replaces what was asked for', () => {
    expect(() => chooseTier({ tier: 'native', isa: 'auto' }, none)).toThrow(
      expect.objectContaining({
        code: 'BACKEND_UNAVAILABLE',
        message: expect.stringContaining(none.reason) as string,
      }),
    );
    expect(() => chooseTier({ tier: 'auto', isa: 'neon' }, zen)).toThrow(
      expect.objectContaining({
        code: 'BACKEND_UNAVAILABLE',
        message: expect.stringContaining('not neon') as string,
      }),
    );
    expect(() => chooseTier({ tier: 'wasm', isa: 'avx2' }, zen)).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG' }),
    );
  });
});
