import { z } from 'zod';
import type { RopeConfig } from './model-config.ts';
import { unsupported } from './unsupported.ts';

/** `rope_scaling` of transformers 4, `rope_parameters` of transformers 5. */
export interface RopeParameters {
  readonly rope_type?: string | undefined;
  readonly type?: string | undefined;
  readonly rope_theta?: number | undefined;
  readonly factor?: number | undefined;
  readonly low_freq_factor?: number | undefined;
  readonly high_freq_factor?: number | undefined;
  readonly original_max_position_embeddings?: number | undefined;
  readonly attention_factor?: number | null | undefined;
  readonly beta_fast?: number | null | undefined;
  readonly beta_slow?: number | null | undefined;
  readonly mscale?: number | null | undefined;
  readonly mscale_all_dim?: number | null | undefined;
  readonly truncate?: boolean | null | undefined;
}

export const ropeSchema: z.ZodType<RopeParameters> = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
  factor: z.number().positive().optional(),
  low_freq_factor: z.number().optional(),
  high_freq_factor: z.number().optional(),
  original_max_position_embeddings: z.number().int().positive().optional(),
  attention_factor: z.number().positive().nullish(),
  beta_fast: z.number().positive().nullish(),
  beta_slow: z.number().positive().nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  truncate: z.boolean().nullish(),
});

interface RawRope {
  readonly max_position_embeddings: number;
  readonly rope_theta?: number | null | undefined;
  readonly rope_scaling?: RopeParameters | null | undefined;
  readonly rope_parameters?: RopeParameters | null | undefined;
}

/** Throws BezoarError UNSUPPORTED for a kind of scaling that would be computed wrongly. */
export function parseRope(raw: RawRope, what: string): RopeConfig {
  const parameters = raw.rope_parameters ?? raw.rope_scaling ?? {};
  const theta = raw.rope_parameters?.rope_theta ?? raw.rope_theta ?? 10000;
  const type = parameters.rope_type ?? parameters.type ?? 'default';
  const factor = parameters.factor ?? 1;
  switch (type) {
    case 'default':
      return { theta, scaling: { type: 'none' } };
    case 'linear':
      return { theta, scaling: { type, factor } };
    case 'llama3':
      return {
        theta,
        scaling: {
          type,
          factor,
          lowFreqFactor: parameters.low_freq_factor ?? 1,
          highFreqFactor: parameters.high_freq_factor ?? 4,
          originalMaxPositions: parameters.original_max_position_embeddings ?? 8192,
        },
      };
    case 'yarn':
      if (parameters.truncate === false) throw unsupported(what, 'yarn with truncate: false');
      return {
        theta,
        scaling: {
          type,
          factor,
          attentionFactor: parameters.attention_factor ?? yarnAttentionFactor(parameters, factor),
          betaFast: parameters.beta_fast ?? 32,
          betaSlow: parameters.beta_slow ?? 1,
          originalMaxPositions: parameters.original_max_position_embeddings ?? raw.max_position_embeddings,
        },
      };
    default:
      throw unsupported(what, `rope type "${type}"`, 'Supported: default, linear, llama3, yarn.');
  }
}

/** √(1/t) of YaRN (Peng et al. 2023, eq. 22), or the ratio of two of them that DeepSeek's configs ask for. */
function yarnAttentionFactor({ mscale, mscale_all_dim: all }: RopeParameters, factor: number): number {
  const grown = (scale: number): number => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  return mscale && all ? grown(mscale) / grown(all) : grown(1);
}
