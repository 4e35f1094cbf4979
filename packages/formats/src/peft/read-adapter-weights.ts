import { BezoarError } from '@bezoar/core';
import type { FolderSource } from '../file-source.ts';
import { openSafetensors } from '../safetensors/open-safetensors.ts';
import type { AdapterFolder, AdapterMatrix, AdapterModule } from './adapter-folder.ts';
import type { AdapterSettings } from './adapter-settings.ts';
import { savesModule } from './select-modules.ts';

export const adapterWeightsFile = 'adapter_model.safetensors';

/** What PEFT puts before the name that a module has in its base model. */
export const adapterPrefix = 'base_model.model.';

const parts = { lora_A: 'a', lora_B: 'b' } as const;

/**
 * The tensors of an adapter, sorted by what they are. Some versions of PEFT leave the adapter's own name in theirs.
 * Throws BezoarError BAD_FILE, or UNSUPPORTED for a tensor that would be ignored.
 */
export async function readAdapterWeights(
  folder: FolderSource,
  settings: Pick<AdapterSettings, 'modulesToSave'>,
): Promise<Pick<AdapterFolder, 'modules' | 'saved'>> {
  const where = `${folder.name}/${adapterWeightsFile}`;
  const file = await openSafetensors(await folder.open(adapterWeightsFile));
  try {
    const modules = new Map<string, Partial<AdapterModule>>();
    const saved = new Map<string, AdapterMatrix>();
    for (const tensor of file.names) {
      const read = async (): Promise<AdapterMatrix> => ({
        shape: file.info(tensor).shape,
        data: await file.readF32(tensor),
      });
      const name = plainName(tensor);
      const [, module = '', part] = /^(.+)\.(lora_[AB])\.weight$/.exec(name) ?? [];
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
    const whole = Array.from(modules, ([name, { a, b }]): [string, AdapterModule] => {
      if (a === undefined || b === undefined)
        throw new BezoarError('BAD_FILE', `${where}: ${name} has only one of its two matrices.`);
      return [name, { a, b }];
    });
    return { modules: new Map(whole), saved };
  } finally {
    await file.close();
  }
}

/** `base_model.model.lm_head.modules_to_save.default.weight` → `lm_head.weight`. */
function plainName(tensor: string): string {
  return (tensor.startsWith(adapterPrefix) ? tensor.slice(adapterPrefix.length) : tensor)
    .replace('.modules_to_save.', '.')
    .replace('.default.', '.');
}
