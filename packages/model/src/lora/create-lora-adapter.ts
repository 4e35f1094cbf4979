import type { Tensor } from '@bezoar/backend';
import { BezoarError, type Rng } from '@bezoar/core';
import { moduleRank, moduleScale } from '@bezoar/formats';
import { withAdapter, type CausalLM, type LinearLayer } from '../causal-lm.ts';
import { denseCopy } from '../dense-copy.ts';
import { modelParameters } from '../parameters.ts';
import type { ParameterSpec } from '../parameter-specs.ts';
import { checkTargets } from './check-targets.ts';
import type { LoraAdapter, LoraConfig, LoraModule } from './lora-adapter.ts';
import { savedParameters } from './saved-parameters.ts';
import { listTargets, targetLayers } from './target-layers.ts';

/** An adapter's weights on the host, as a PEFT folder holds them. */
export interface HostLoraModule {
  /** Row-major [r, in] */
  readonly a: Float32Array<ArrayBuffer>;
  /** Row-major [out, r] */
  readonly b: Float32Array<ArrayBuffer>;
  /** [out], with DoRA; the lengths of the rows of W + scale·B·A by default: the adapter begins with what W is. */
  readonly magnitude?: Float32Array<ArrayBuffer> | undefined;
}

export interface CreateLoraOptions {
  readonly model: CausalLM;
  readonly config: LoraConfig;
  readonly rng: Rng;
}

/**
 * A fresh adapter as PEFT makes it: A ~ U(−1/√in, 1/√in) (Kaiming uniform with a = √5), B = 0, DoRA's
 * magnitudes the lengths of W's rows.
 * Throws BezoarError BAD_CONFIG, or UNSUPPORTED, when a setting selects nothing in the model, or what takes no adapter.
 */
export function createLoraAdapter({ model, config, rng }: CreateLoraOptions): LoraAdapter {
  checkTargets(model, config);
  const layers = targetLayers(model, config);
  const modules = new Map<string, HostLoraModule>();
  for (const { name, weight } of layers) {
    const [outputs, inputs] = matrixShape(weight.shape);
    const bound = 1 / Math.sqrt(inputs);
    const rank = moduleRank(config, name);
    const a = Float32Array.from({ length: rank * inputs }, () => (2 * rng.next() - 1) * bound);
    modules.set(name, { a, b: new Float32Array(outputs * rank) });
  }
  return uploadLoraAdapter({ model, config, modules });
}

export interface UploadLoraOptions {
  readonly model: CausalLM;
  readonly config: LoraConfig;
  /** By layer name; exactly the layers that the settings select. */
  readonly modules: ReadonlyMap<string, HostLoraModule>;
  /** Weights of `config.modulesToSave` by checkpoint name, row-major; the base model's own by default. */
  readonly saved?: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
}

/** Puts an adapter's weights onto the model's backend. Throws BezoarError BAD_INPUT when they do not fit the model. */
export function uploadLoraAdapter(options: UploadLoraOptions): LoraAdapter {
  const { config, saved } = options;
  const model = withAdapter(options.model, undefined);
  const { backend } = model;
  const whole = savedParameters(model, config);
  checkFit({ ...options, model }, whole);
  const uploaded = targetLayers(model, config).map((layer, index) =>
    uploadModule(model, { layer, index, config, host: options.modules.get(layer.name)! }),
  );
  const base = modelParameters(model);
  const copies = whole.map(({ name, shape }): [string, Tensor<'f32'>] => {
    const values = saved?.get(name);
    return [
      name,
      values === undefined ? denseCopy(backend, base.get(name)!) : backend.upload('f32', shape, values),
    ];
  });
  return {
    config: listTargets(config),
    modules: new Map(uploaded.map((module) => [module.name, module])),
    saved: new Map(copies),
    dispose() {
      for (const [, tensor] of copies) tensor.dispose();
      for (const { a, b, dora } of uploaded)
        for (const tensor of [a, b, dora?.magnitude, dora?.norms]) tensor?.dispose();
    },
  };
}

function checkFit(
  { model, config, modules, saved }: UploadLoraOptions,
  whole: readonly ParameterSpec[],
): void {
  const layers = targetLayers(model, config);
  const extra = [...modules.keys()].find((name) => !layers.some((layer) => layer.name === name));
  if (extra !== undefined)
    throw misfit(`it has weights for ${extra}, which its settings do not select in this model`);
  for (const { name, shape } of saved === undefined ? [] : whole) {
    const size = shape.reduce((product, each) => product * each, 1);
    if (saved?.get(name)?.length !== size)
      throw misfit(`${name} of modules_to_save is missing, or not [${shape.join(', ')}]`);
  }
  for (const { name, weight } of layers) {
    const host = modules.get(name);
    if (host === undefined) throw misfit(`it has no weights for ${name}`);
    const [outputs, inputs] = matrixShape(weight.shape);
    const rank = moduleRank(config, name);
    if (host.a.length !== rank * inputs || host.b.length !== outputs * rank)
      throw misfit(`the weights for ${name} do not have rank ${rank} over a [${outputs}, ${inputs}] layer`);
    if (host.magnitude !== undefined && host.magnitude.length !== outputs)
      throw misfit(`the magnitudes for ${name} are not one for each of ${outputs} rows`);
  }
}

interface UploadModuleOptions {
  readonly layer: LinearLayer;
  readonly index: number;
  readonly config: LoraConfig;
  readonly host: HostLoraModule;
}

function uploadModule(
  { backend }: CausalLM,
  { layer, index, config, host }: UploadModuleOptions,
): LoraModule {
  const { name, weight } = layer;
  const [outputs, inputs] = matrixShape(weight.shape);
  const rank = moduleRank(config, name);
  const a = backend.upload('f32', [rank, inputs], host.a);
  const b = backend.upload('f32', [outputs, rank], host.b);
  const scale = moduleScale(config, name);
  const plain = { name, index, a, b, scale };
  if (config.useDora !== true) return plain;
  const norms = backend.alloc('f32', [outputs]);
  backend.doraNorms({ weight, a, b, scale, norms });
  const magnitude = backend.alloc('f32', [outputs]);
  if (host.magnitude === undefined) backend.copy({ src: norms, dst: magnitude });
  else backend.write(magnitude, host.magnitude);
  return { ...plain, dora: { magnitude, norms } };
}

function matrixShape(shape: readonly number[]): [number, number] {
  return [shape[0]!, shape[1]!];
}

function misfit(why: string): BezoarError {
  return new BezoarError('BAD_INPUT', `The adapter does not fit the model: ${why}.`, {
    advice: 'Use the base model that the adapter was trained on.',
  });
}
