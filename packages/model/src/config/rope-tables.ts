import type { ModelConfig } from './model-config.ts';

export interface RopeTables {
  /** Row-major [positions, headDim / 2] */
  readonly cos: Float32Array<ArrayBuffer>;
  readonly sin: Float32Array<ArrayBuffer>;
}

/** cos and sin of position · frequency. Frequencies and angles are rounded to f32 as transformers does. */
export function ropeTables(config: ModelConfig, positions: number): RopeTables {
  const frequencies = inverseFrequencies(config);
  const half = frequencies.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * frequencies[i]!);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

/**
 * θ^(−2i/d), then the checkpoint's scaling. llama3: wavelengths above L/low are divided by the factor, those below
 * L/high kept, the ones between blended (L = original context length).
 */
function inverseFrequencies(config: ModelConfig): Float32Array {
  const { theta, scaling } = config.rope;
  const half = config.headDim / 2;
  return Float32Array.from({ length: half }, (_, i) => {
    const frequency = Math.fround(1 / theta ** ((2 * i) / config.headDim));
    if (scaling.type === 'none') return frequency;
    if (scaling.type === 'linear') return frequency / scaling.factor;
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength > scaling.originalMaxPositions / scaling.lowFreqFactor) return frequency / scaling.factor;
    if (wavelength < scaling.originalMaxPositions / scaling.highFreqFactor) return frequency;
    const smooth =
      (scaling.originalMaxPositions / wavelength - scaling.lowFreqFactor) /
      (scaling.highFreqFactor - scaling.lowFreqFactor);
    return ((1 - smooth) * frequency) / scaling.factor + smooth * frequency;
  });
}
