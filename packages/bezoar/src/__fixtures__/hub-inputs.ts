import type { startHubServer } from '@bezoar/hub/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTinyModel } from './write-tiny-model.ts';

const tiny = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];

/** What a small run reads of a Hub: the model `org/tiny`, which is written into the folder as well, and rows for Orca in `org/flan`. */
export async function hubInputs(
  modelFolder: string,
  license: string,
): Promise<Parameters<typeof startHubServer>[0]['repos']> {
  await writeTinyModel(modelFolder);
  return [
    {
      type: 'model',
      name: 'org/tiny',
      files: Object.fromEntries(tiny.map((name) => [name, readFileSync(join(modelFolder, name))])),
    },
    {
      type: 'dataset',
      name: 'org/flan',
      files: {
        'README.md': `---\nlicense: ${license}\n---\n# Flan`,
        'flan.jsonl': Array.from({ length: 12 }, (_, n) =>
          JSON.stringify({ inputs: `How much is ${n} plus ${n}?`, targets: String(2 * n) }),
        ).join('\n'),
      },
    },
  ];
}
