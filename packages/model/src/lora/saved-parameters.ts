import { BezoarError } from '@bezoar/core';
import { savesModule } from '@bezoar/formats';
import type { CausalLM } from '../causal-lm.ts';
import { parameterSpecs, type ParameterSpec } from '../parameter-specs.ts';
import type { LoraConfig } from './lora-adapter.ts';

const embeddings = ['model.embed_tokens', 'lm_head'];

/**
 * The parameters that an adapter trains in full (`modules_to_save`), in checkpoint order.
 * Throws BezoarError BAD_CONFIG for a name that ends none, and UNSUPPORTED for tied embeddings.
 */
export function savedParameters({ config: model }: CausalLM, config: LoraConfig): ParameterSpec[] {
  const specs = parameterSpecs(model);
  const modules = new Set(specs.map(({ name }) => moduleOf(name)));
  for (const each of config.modulesToSave ?? []) {
    const one = { modulesToSave: [each] };
    if (model.tieWordEmbeddings && embeddings.some((name) => savesModule(one, name))) throw tied(each);
    if ([...modules].some((name) => savesModule(one, name))) continue;
    throw new BezoarError(
      'BAD_CONFIG',
      `modules_to_save: the model has no module "${each}" with weights of its own.`,
      {
        advice: 'There are embed_tokens, lm_head, norm (every norm), and the linear layers (o_proj).',
      },
    );
  }
  return specs.filter(({ name }) => savesModule(config, moduleOf(name)));
}

/** `model.norm.weight` → `model.norm`. */
function moduleOf(parameter: string): string {
  return parameter.slice(0, parameter.lastIndexOf('.'));
}

function tied(name: string): BezoarError {
  return new BezoarError(
    'UNSUPPORTED',
    `modules_to_save has ${name}, and the model ties its output layer to its embeddings.`,
    {
      advice:
        'PEFT would train a copy of one and leave the other, so that they are tied no more and cannot be merged: leave it out.',
    },
  );
}
