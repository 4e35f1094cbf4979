import { openFolder } from '@bezoar/formats/node';
import { dataPath, goldenCases, goldenTitle, readJsonFile } from '@bezoar/golden';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from './load-tokenizer.ts';
import { createSentencePieceTokenizer } from './sentencepiece/create-sentencepiece-tokenizer.ts';

/** The case names its model by a path that ends under the data folder. */
function modelPath(folder: string, model: string): string | undefined {
  const beside = join(folder, model);
  return existsSync(beside) ? beside : dataPath(model.replace(/^.*?data\//, ''));
}

const cases = goldenCases('tokenizer').map((golden) => ({
  ...golden,
  model: modelPath(golden.folder, golden.info['model'] as string),
}));

describe.skipIf(cases.length === 0)(goldenTitle('tokenizer'), () => {
  for (const { name, folder, model } of cases) {
    describe.skipIf(model === undefined)(
      `${name}${model === undefined ? ' (skipped: BEZOAR_DATA_DIR has not its model)' : ''}`,
      () => {
        const tokenizer =
          model === undefined
            ? undefined
            : createSentencePieceTokenizer(readFileSync(model), { what: model });
        it('encodes every text to the same ids', () => {
          for (const { text, ids } of readJsonFile<{ text: string; ids: number[] }[]>(
            join(folder, 'encode.json'),
          )) {
            expect(tokenizer!.encode(text), JSON.stringify(text)).toEqual(ids);
          }
        });
        it('decodes every id sequence to the same text', () => {
          for (const { ids, text } of readJsonFile<{ ids: number[]; text: string }[]>(
            join(folder, 'decode.json'),
          )) {
            expect(tokenizer!.decode(ids), JSON.stringify(ids)).toBe(text);
          }
          for (const { ids, decoded } of readJsonFile<{ ids: number[]; decoded: string }[]>(
            join(folder, 'encode.json'),
          )) {
            expect(tokenizer!.decode(ids)).toBe(decoded);
          }
        });
        it('loads from a folder', async () => {
          const loaded = await loadTokenizer(openFolder(dirname(model!)));
          expect([loaded.bosId, loaded.eosId, loaded.unkId]).toEqual([1, 2, 0]);
        });
      },
    );
  }
});
