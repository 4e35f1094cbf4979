import { describe, expect, it } from 'vitest';
import { parseModelConfig } from './parse-model-config.ts';
import { ropeTables } from './rope-tables.ts';

const base = {
  model_type: 'llama',
  vocab_size: 32,
  hidden_size: 512,
  intermediate_size: 64,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  max_position_embeddings: 64,
};
const headDim = 128;

/** The angle of each frequency at position 1. */
function frequenciesOf(scaling: object | null): { frequencies: number[]; amplitude: number } {
  const config = parseModelConfig({ ...base, rope_scaling: scaling });
  const { cos, sin } = ropeTables(config, 2);
  const at = (i: number): [number, number] => [cos[headDim / 2 + i]!, sin[headDim / 2 + i]!];
  return {
    frequencies: Array.from({ length: headDim / 2 }, (_, i) => Math.atan2(at(i)[1], at(i)[0])),
    amplitude: Math.hypot(...at(0)),
  };
}

describe('ropeTables', () => {
  it('linear scaling divides every angle', () => {
    const plain = frequenciesOf(null).frequencies;
    frequenciesOf({ type: 'linear', factor: 4 }).frequencies.forEach((frequency, i) =>
      expect(frequency / (plain[i]! / 4)).toBeCloseTo(1, 5),
    );
  });

  it('yarn keeps frequencies that turn often within the original context, and divides those that hardly turn', () => {
    const original = 4096;
    const factor = 8;
    const plain = frequenciesOf(null).frequencies;
    const { frequencies, amplitude } = frequenciesOf({
      type: 'yarn',
      factor,
      original_max_position_embeddings: original,
    });
    const turns = plain.map((frequency) => (frequency * original) / (2 * Math.PI));
    const ratios = frequencies.map((frequency, i) => frequency / plain[i]!);
    const kept = ratios.filter((_, i) => turns[i]! > 34);
    const divided = ratios.filter((_, i) => turns[i]! < 0.9);
    const between = ratios.filter((_, i) => turns[i]! < 28 && turns[i]! > 1.1);
    expect([kept.length, divided.length, between.length].every((count) => count > 5)).toBe(true);
    kept.forEach((ratio) => expect(ratio).toBeCloseTo(1, 5));
    divided.forEach((ratio) => expect(ratio).toBeCloseTo(1 / factor, 5));
    between.forEach((ratio, i) => {
      expect(ratio).toBeGreaterThan(1 / factor);
      expect(ratio).toBeLessThan(i === 0 ? 1 : between[i - 1]!);
    });
    expect(amplitude).toBeCloseTo(0.1 * Math.log(factor) + 1, 6);
  });

  it('yarn takes the attention factor that a config names', () => {
    const scaling = { rope_type: 'yarn', factor: 4, attention_factor: 1.5 };
    expect(frequenciesOf(scaling).amplitude).toBeCloseTo(1.5, 6);
    const ratio = { rope_type: 'yarn', factor: 4, mscale: 1, mscale_all_dim: 1 };
    expect(frequenciesOf(ratio).amplitude).toBeCloseTo(1, 6);
  });
});
