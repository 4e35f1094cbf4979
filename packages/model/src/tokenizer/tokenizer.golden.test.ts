import { openFolder } from '@bezoar/formats/node';
import { dataPath, describeGolden, readJsonFile, type GoldenCase } from '@bezoar/golden';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from './load-tokenizer.ts';
import { createSentencePieceTokenizer } from './sentencepiece/create-sentencepiece-tokenizer.ts';

/** The case names its model by a path from some folder above it, or under the data folder. */
function modelPath({ folder, info }: GoldenCase): string | undefined {
  const model = info['model'] as string;
  for (let above = folder; above !== dirname(above); above = dirname(above)) {
    if (existsSync(join(above, model))) return join(above, model);
  }
  return dataPath(model.replace(/^.*?data\//, ''));
}

describeGolden('tokenizer', (cases) => {
  describe.each(cases.map((golden) => ({ ...golden, model: modelPath(golden) })))(
    '$name',
    ({ folder, model }) => {
      if (model === undefined) {
        it.skip('needs its model under BEZOAR_DATA_DIR', () => undefined);
        return;
      }
      const tokenizer = createSentencePieceTokenizer(readFileSync(model), { what: model });

      it('encodes every text to the same ids', () => {
        for (const { text, ids } of readJsonFile<{ text: string; ids: number[] }[]>(
          join(folder, 'encode.json'),
        )) {
          expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
        }
      });

      it('decodes every id sequence to the same text', () => {
        for (const { ids, text } of readJsonFile<{ ids: number[]; text: string }[]>(
          join(folder, 'decode.json'),
        )) {
          expect(tokenizer.decode(ids), JSON.stringify(ids)).toBe(text);
        }
        for (const { ids, decoded } of readJsonFile<{ ids: number[]; decoded: string }[]>(
          join(folder, 'encode.json'),
        )) {
          expect(tokenizer.decode(ids)).toBe(decoded);
        }
      });

      it('loads from a folder', async () => {
        const loaded = await loadTokenizer(openFolder(dirname(model)));
        expect([loaded.bosId, loaded.eosId, loaded.unkId]).toEqual([1, 2, 0]);
      });
    },
  );
});
