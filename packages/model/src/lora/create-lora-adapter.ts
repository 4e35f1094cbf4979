import { BezoarError, type Rng } from '@bezoar/core';
import type { CausalLM, LinearLayer } from '../causal-lm.ts';
import { loraScale } from './lora-scale.ts';
import type { LoraAdapter, LoraConfig, LoraModule } from './lora-adapter.ts';

/** An adapter's weights on the host, as a PEFT folder holds them. */
export interface HostLoraModule {
  /** Row-major [r, in] */
  readonly a: Float32Array<ArrayBuffer>;
  /** Row-major [out, r] */
  readonly b: Float32Array<ArrayBuffer>;
}

export interface CreateLoraOptions {
  readonly model: CausalLM;
  readonly config: LoraConfig;
  readonly rng: Rng;
}

/** A fresh adapter as PEFT makes it: A ~ U(−1/√in, 1/√in) (Kaiming uniform with a = √5), B = 0. */
export function createLoraAdapter({ model, config, rng }: CreateLoraOptions): LoraAdapter {
  const layers = targetLayers(model, config);
  const modules = new Map<string, HostLoraModule>();
  for (const { name, weight } of layers) {
    const [outputs, inputs] = matrixShape(weight.shape);
    const bound = 1 / Math.sqrt(inputs);
    const a = Float32Array.from({ length: config.r * inputs }, () => (2 * rng.next() - 1) * bound);
    modules.set(name, { a, b: new Float32Array(outputs * config.r) });
  }
  return uploadLoraAdapter({ model, config, modules });
}

export interface UploadLoraOptions {
  readonly model: CausalLM;
  readonly config: LoraConfig;
  /** By layer name; exactly the layers that `config.targetModules` selects. */
  readonly modules: ReadonlyMap<string, HostLoraModule>;
}

/** Puts an adapter's weights onto the model's backend. Throws BezoarError BAD_INPUT when they do not fit the model. */
export function uploadLoraAdapter({ model, config, modules }: UploadLoraOptions): LoraAdapter {
  const { backend } = model;
  const layers = targetLayers(model, config);
  const extra = [...modules.keys()].find((name) => !layers.some((layer) => layer.name === name));
  if (extra !== undefined)
    throw misfit(`it has weights for ${extra}, which target_modules does not select in this model`);
  const uploaded = new Map<string, LoraModule>();
  layers.forEach(({ name, weight }, index) => {
    const host = modules.get(name);
    if (host === undefined) throw misfit(`it has no weights for ${name}`);
    const [outputs, inputs] = matrixShape(weight.shape);
    if (host.a.length !== config.r * inputs || host.b.length !== outputs * config.r) {
      throw misfit(
        `the weights for ${name} do not have rank ${config.r} over a [${outputs}, ${inputs}] layer`,
      );
    }
    uploaded.set(name, {
      name,
      index,
      a: backend.upload('f32', [config.r, inputs], host.a),
      b: backend.upload('f32', [outputs, config.r], host.b),
    });
  });
  return {
    config,
    scale: loraScale(config),
    modules: uploaded,
    dispose() {
      for (const { a, b } of uploaded.values()) {
        a.dispose();
        b.dispose();
      }
    },
  };
}

/** The linear layers that an adapter targets, in model order: name equal to, or ending in `.` + a target (PEFT's rule). */
function targetLayers(model: CausalLM, config: LoraConfig): LinearLayer[] {
  const layers = model.layers
    .flatMap((layer) => [layer.q, layer.k, layer.v, layer.o, layer.gate, layer.up, layer.down])
    .filter(({ name }) =>
      config.targetModules.some((target) => name === target || name.endsWith(`.${target}`)),
    );
  const unknown = config.targetModules.find(
    (target) => !layers.some(({ name }) => name === target || name.endsWith(`.${target}`)),
  );
  if (unknown !== undefined) {
    throw new BezoarError(
      'BAD_CONFIG',
      `The model has no linear layer "${unknown}" for the adapter to target.`,
      {
        advice: 'Targets are: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj.',
      },
    );
  }
  return layers;
}

function matrixShape(shape: readonly number[]): [number, number] {
  return [shape[0]!, shape[1]!];
}

function misfit(why: string): BezoarError {
  return new BezoarError('BAD_INPUT', `The adapter does not fit the model: ${why}.`, {
    advice: 'Use the base model that the adapter was trained on.',
  });
}
