import { hasDtype, type Tensor } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import { modelParameters, type CausalLM, type GradientSink, type LoraGradients } from '@bezoar/model';

export interface TrainableParameter {
  /** The name in a checkpoint or a PEFT folder. */
  readonly name: string;
  readonly param: Tensor<'f32'>;
  readonly grad: Tensor<'f32'>;
  /** Norms and biases take no weight decay, as in transformers; DoRA's magnitudes do. */
  readonly decay: boolean;
}

/** The parameters that learn, with their gradients. */
export interface Trainable {
  readonly parameters: readonly TrainableParameter[];
  readonly gradients: GradientSink;
  zeroGradients(): void;
  /** Frees the gradients; the parameters belong to the model or adapter. */
  dispose(): void;
}

/** Trains the model's adapter, `modules_to_save` among it; the base is frozen. Throws BezoarError BAD_CONFIG when there is no adapter. */
export function adapterTrainable({ backend, adapter }: CausalLM): Trainable {
  if (adapter === undefined) {
    throw new BezoarError('BAD_CONFIG', 'There is no adapter to train.', {
      advice: 'Create one with createLoraAdapter.',
    });
  }
  const parameters: TrainableParameter[] = [];
  const sink = new Map<string, LoraGradients>();
  const add = (name: string, param: Tensor<'f32'>, decay: boolean): Tensor => {
    const grad = backend.alloc('f32', param.shape);
    parameters.push({ name: `base_model.model.${name}`, param, grad, decay });
    return grad;
  };
  for (const { name, a, b, dora } of adapter.modules.values()) {
    sink.set(name, {
      a: add(`${name}.lora_A.weight`, a, true),
      b: add(`${name}.lora_B.weight`, b, true),
      magnitude: dora === undefined ? undefined : add(`${name}.lora_magnitude_vector`, dora.magnitude, true),
    });
  }
  const full = new Map<string, Tensor>();
  for (const [name, param] of adapter.saved) full.set(name, add(name, param, param.shape.length > 1));
  return createTrainable(backend, parameters, { adapter: sink, ...(full.size === 0 ? {} : { full }) });
}

/** Trains every weight. Throws BezoarError BAD_CONFIG when a weight is not dense f32. */
export function fullTrainable(model: CausalLM): Trainable {
  const full = new Map<string, Tensor>();
  const parameters: TrainableParameter[] = [];
  for (const [name, param] of modelParameters(model)) {
    if (!hasDtype(param, 'f32')) {
      throw new BezoarError('BAD_CONFIG', `Full fine-tuning needs f32 weights; ${name} is not.`, {
        advice: 'Load the model with weights: f32, or train an adapter.',
      });
    }
    const grad = model.backend.alloc('f32', param.shape);
    full.set(name, grad);
    parameters.push({ name, param, grad, decay: param.shape.length > 1 });
  }
  return createTrainable(model.backend, parameters, { full });
}

function createTrainable(
  backend: CausalLM['backend'],
  parameters: readonly TrainableParameter[],
  gradients: GradientSink,
): Trainable {
  return {
    parameters,
    gradients,
    zeroGradients: () => parameters.forEach(({ grad }) => backend.fill({ out: grad, value: 0 })),
    dispose: () => parameters.forEach(({ grad }) => grad.dispose()),
  };
}
