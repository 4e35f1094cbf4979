import { BezoarError } from '@bezoar/core';
import type { FolderSource } from '../file-source.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openSafetensors } from '../safetensors/open-safetensors.ts';
import { openTorchFile } from '../torch/open-torch-file.ts';
import type { AdapterFolder, AdapterMatrix, AdapterModule } from './adapter-folder.ts';
import type { AdapterSettings } from './adapter-settings.ts';
import { savesModule } from './select-modules.ts';

export const adapterWeightsFile = 'adapter_model.safetensors';

/** What older versions of PEFT write. */
const torchFile = 'adapter_model.bin';

/** What PEFT puts before the name that a module has in its base model. */
export const adapterPrefix = 'base_model.model.';

const parts = { 'lora_A.weight': 'a', 'lora_B.weight': 'b', lora_magnitude_vector: 'magnitude' } as const;

/**
 * The tensors of an adapter, sorted by what they are. Some versions of PEFT leave the adapter's own name in theirs.
 * Throws BezoarError NOT_FOUND, BAD_FILE, or UNSUPPORTED for a tensor that would be ignored.
 */
export async function readAdapterWeights(
  folder: FolderSource,
  settings: Pick<AdapterSettings, 'modulesToSave' | 'useDora'>,
): Promise<Pick<AdapterFolder, 'modules' | 'saved'>> {
  const { file, where } = await openWeights(folder);
  try {
    const modules = new Map<string, Partial<AdapterModule>>();
    const saved = new Map<string, AdapterMatrix>();
    for (const tensor of file.names) {
      const read = async (): Promise<AdapterMatrix> => ({
        shape: file.info(tensor).shape,
        data: await file.readF32(tensor),
      });
      const name = plainName(tensor);
      const [, module = '', part] = modulePart(settings).exec(name) ?? [];
      if (part !== undefined) {
        modules.set(module, { ...modules.get(module), [parts[part as keyof typeof parts]]: await read() });
      } else if (!name.includes('lora_') && savesModule(settings, name.replace(/\.(weight|bias)$/, ''))) {
        saved.set(name, await read());
      } else {
        throw new BezoarError(
          'UNSUPPORTED',
          `${where}: ${tensor} belongs to nothing that adapter_config.json names.`,
          {
            advice: 'Weights of modules that were trained in full need modules_to_save.',
          },
        );
      }
    }
    const whole = Array.from(modules, ([name, { a, b, magnitude }]): [string, AdapterModule] => {
      if (a === undefined || b === undefined)
        throw new BezoarError('BAD_FILE', `${where}: ${name} has only one of its two matrices.`);
      if (magnitude === undefined && settings.useDora === true)
        throw new BezoarError('BAD_FILE', `${where}: ${name} has no magnitudes, and use_dora is true.`);
      return [name, magnitude === undefined ? { a, b } : { a, b, magnitude }];
    });
    return { modules: new Map(whole), saved };
  } finally {
    await file.close();
  }
}

/** Safetensors, or a torch file where there is nothing else. */
async function openWeights(
  folder: FolderSource,
): Promise<{ readonly file: Checkpoint; readonly where: string }> {
  for (const [name, open] of [
    [adapterWeightsFile, openSafetensors],
    [torchFile, openTorchFile],
  ] as const) {
    if (await folder.exists(name))
      return { file: await open(await folder.open(name)), where: `${folder.name}/${name}` };
  }
  throw new BezoarError('NOT_FOUND', `${folder.name} has neither ${adapterWeightsFile} nor ${torchFile}.`, {
    advice: 'Point to the folder of a PEFT adapter.',
  });
}

/** What belongs to an adapted layer; PEFT writes magnitudes with and without `.weight`. */
function modulePart({ useDora }: Pick<AdapterSettings, 'useDora'>): RegExp {
  return useDora === true
    ? /^(.+)\.(lora_[AB]\.weight|lora_magnitude_vector)(?:(?<=vector)\.weight)?$/
    : /^(.+)\.(lora_[AB]\.weight)$/;
}

/** `base_model.model.lm_head.modules_to_save.default.weight` → `lm_head.weight`. */
function plainName(tensor: string): string {
  return (tensor.startsWith(adapterPrefix) ? tensor.slice(adapterPrefix.length) : tensor)
    .replace('.modules_to_save.', '.')
    .replace(/\.default(?=\.|$)/, '');
}
