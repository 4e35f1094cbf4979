import type { LoraConfig } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { openLlama3b as config } from '../__fixtures__/open-llama-3b.ts';
import { trainingFlops } from './training-flops.ts';

const adapter: LoraConfig = {
  r: 16,
  loraAlpha: 16,
  loraDropout: 0.05,
  targetModules: ['q_proj', 'k_proj', 'v_proj'],
  useRslora: false,
};

describe('trainingFlops', () => {
  // By hand: 26 layers of 123,904,000 weights, a head of 102,400,000, r·(in + out) = 102,400 for each of 78 modules.
  const linear = 26 * 123_904_000 + 102_400_000;
  const attention = (length: number): number => (26 * 4 * length * 3200) / 2;
  const lora = 78 * 16 * 6400;

  it.each([512, 2048])('counts a step with an adapter at %i tokens', (length) => {
    const { forward, step } = trainingFlops({ config, adapter, length });
    expect(forward).toBe(2 * linear + attention(length) + 2 * lora);
    expect(step).toBe(4 * linear + 3.5 * attention(length) + 6 * lora);
    const again = trainingFlops({ config, adapter, length, gradientCheckpointing: true });
    expect(again.forward).toBe(forward);
    expect(again.step - step).toBe(2 * 26 * 123_904_000 + attention(length) + 2 * lora);
  });

  it('finds an adapter a third cheaper than all weights, and as dear as them when activations are computed again', () => {
    const full = trainingFlops({ config, length: 2048 }).step;
    expect(full).toBe(6 * linear + 3.5 * attention(2048));
    expect(trainingFlops({ config, adapter, length: 2048 }).step / full).toBeCloseTo(0.69, 2);
    const again = trainingFlops({ config, adapter, length: 2048, gradientCheckpointing: true }).step;
    expect(again / full).toBeCloseTo(1.01, 2);
  });

  it('takes every linear layer, ranks of their own, and modules that are trained in full', () => {
    const of = (settings: Partial<LoraConfig>): number =>
      trainingFlops({ config, adapter: { ...adapter, ...settings }, length: 1 }).step;
    const none = of({ targetModules: [] });
    expect(of({ targetModules: 'all-linear' }) - none).toBe(6 * 25_425_920);
    expect(of({ rankPattern: { q_proj: 32 } }) - none).toBe(6 * (lora + 26 * 16 * 6400));
    expect(of({ targetModules: [], modulesToSave: ['down_proj'] }) - none).toBe(2 * 26 * 3200 * 8640);
  });
});
