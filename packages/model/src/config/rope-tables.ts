import type { ModelConfig, RopeConfig } from './model-config.ts';

export interface RopeTables {
  /** Row-major [positions, headDim / 2] */
  readonly cos: Float32Array<ArrayBuffer>;
  readonly sin: Float32Array<ArrayBuffer>;
}

/** cos and sin of position · frequency. Frequencies and angles are rounded to f32 as transformers does. */
export function ropeTables(config: ModelConfig, positions: number): RopeTables {
  const frequencies = inverseFrequencies(config);
  const half = frequencies.length;
  const { scaling } = config.rope;
  const amplitude = scaling.type === 'yarn' ? scaling.attentionFactor : 1;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * frequencies[i]!);
      cos[position * half + i] = amplitude * Math.cos(angle);
      sin[position * half + i] = amplitude * Math.sin(angle);
    }
  }
  return { cos, sin };
}

/**
 * θ^(−2i/d), then the checkpoint's scaling, with L = original context length. llama3: wavelengths above L/low are divided by
 * the factor, those below L/high kept, the ones between blended. yarn (Peng et al. 2023, eq. 17–20): the same by the turns that a
 * frequency makes within L, blended along its index.
 */
function inverseFrequencies(config: ModelConfig): Float32Array<ArrayBuffer> {
  const { theta, scaling } = config.rope;
  const half = config.headDim / 2;
  return Float32Array.from({ length: half }, (_, i) => {
    const frequency = Math.fround(1 / theta ** ((2 * i) / config.headDim));
    if (scaling.type === 'none') return frequency;
    if (scaling.type === 'linear') return frequency / scaling.factor;
    if (scaling.type === 'yarn') {
      const kept = 1 - ramp(i, yarnRange(config.headDim, theta, scaling));
      return (frequency / scaling.factor) * (1 - kept) + frequency * kept;
    }
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength > scaling.originalMaxPositions / scaling.lowFreqFactor) return frequency / scaling.factor;
    if (wavelength < scaling.originalMaxPositions / scaling.highFreqFactor) return frequency;
    const smooth =
      (scaling.originalMaxPositions / wavelength - scaling.lowFreqFactor) /
      (scaling.highFreqFactor - scaling.lowFreqFactor);
    return ((1 - smooth) * frequency) / scaling.factor + smooth * frequency;
  });
}

/** What the checkpoint's scaling divides each frequency by: [headDim / 2]. */
export function ropeFactors(config: ModelConfig): Float32Array<ArrayBuffer> {
  const plain = inverseFrequencies({ ...config, rope: { ...config.rope, scaling: { type: 'none' } } });
  return inverseFrequencies(config).map((frequency, i) => plain[i]! / frequency);
}

type YarnScaling = Extract<RopeConfig['scaling'], { readonly type: 'yarn' }>;

/** Indices of the first frequency that is not kept and of the last one that is not wholly divided. */
function yarnRange(
  headDim: number,
  theta: number,
  { betaFast, betaSlow, originalMaxPositions }: YarnScaling,
): readonly [number, number] {
  const indexOf = (turns: number): number =>
    (headDim * Math.log(originalMaxPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const low = Math.max(Math.floor(indexOf(betaFast)), 0);
  const high = Math.min(Math.ceil(indexOf(betaSlow)), headDim - 1);
  return [low, high === low ? high + 0.001 : high];
}

function ramp(i: number, [low, high]: readonly [number, number]): number {
  return Math.min(Math.max((i - low) / (high - low), 0), 1);
}
