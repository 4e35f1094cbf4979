import type { AdamWArgs, Backend, Tensor } from '@bezoar/backend';
import type { TrainableParameter } from './trainable.ts';

/** A parameter with its moments. */
export interface AdamWSlot extends TrainableParameter {
  /** By what they are called in a saved state after the parameter's name: torch's names, and those of 8-bit scales. */
  readonly moments: Readonly<Record<string, Tensor<'f32'> | Tensor<'u8'>>>;
  /** One AdamW step from these numbers, the gradient and the moments. */
  update(numbers: Omit<AdamWArgs, 'param' | 'grad' | 'm' | 'v'>): void;
}

export type MomentFormat = 'f32' | '8bit';

/** As bitsandbytes: what is smaller gains nothing by 8 bits. */
const least8bitSize = 4096;
const blockSize = 256;

/**
 * A slot with zero moments. In 8 bits they take about 2 bytes for a parameter in place of 8; parameters of fewer than 4,096 elements and
 * embeddings stay f32, as with bitsandbytes under transformers: rare tokens make the gradients of an embedding uneven.
 */
export function createSlot(backend: Backend, parameter: TrainableParameter, format: MomentFormat): AdamWSlot {
  const { name, param } = parameter;
  const small = param.size < least8bitSize || name.endsWith('embed_tokens.weight');
  return format === 'f32' || small ? f32Slot(backend, parameter) : eightBitSlot(backend, parameter);
}

function f32Slot(backend: Backend, parameter: TrainableParameter): AdamWSlot {
  const { param, grad } = parameter;
  const m = backend.alloc('f32', param.shape);
  const v = backend.alloc('f32', param.shape);
  return {
    ...parameter,
    moments: { exp_avg: m, exp_avg_sq: v },
    update: (numbers) => backend.adamW({ param, grad, m, v, ...numbers }),
  };
}

function eightBitSlot(backend: Backend, parameter: TrainableParameter): AdamWSlot {
  const { param, grad } = parameter;
  const blocks = [Math.ceil(param.size / blockSize)];
  const mCodes = backend.alloc('u8', param.shape);
  const mAbsmax = backend.alloc('f32', blocks);
  const vCodes = backend.alloc('u8', param.shape);
  const vAbsmax = backend.alloc('f32', blocks);
  return {
    ...parameter,
    moments: {
      exp_avg: mCodes,
      'exp_avg.absmax': mAbsmax,
      exp_avg_sq: vCodes,
      'exp_avg_sq.absmax': vAbsmax,
    },
    update: (numbers) => backend.adamW8bit({ param, grad, mCodes, mAbsmax, vCodes, vAbsmax, ...numbers }),
  };
}
