import { createRng } from '@bezoar/core';
import { loadTokenizer } from '@bezoar/model';
import { openFolder } from '@bezoar/formats/node';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';
import { tokenTexts } from './token-texts.ts';

const folder = temporaryFolder();
beforeAll(() => writeTinyModel(folder.path));
afterAll(() => folder.remove());

it('cuts a text into what its tokens add, whole characters only', async () => {
  const tokenizer = await loadTokenizer(openFolder(folder.path));
  const rng = createRng('texts');
  const pieces = ['robin', ' ', 'ü', '🐦', '日本', '\n', 'The', '👩🏽‍🚀', '.'];
  for (let round = 0; round < 50; round++) {
    const text = Array.from({ length: 12 }, () => rng.pick(pieces)).join('');
    const ids = tokenizer.encode(text);
    const found = tokenTexts([tokenizer.bosId!, ...ids, tokenizer.eosId!], tokenizer);
    expect(found.map((each) => each.text).join('')).toBe(`<s>${text}</s>`);
    expect(found.map(({ special }) => special)).toEqual([true, ...ids.map(() => false), true]);
    for (const each of found) expect(each.text).not.toContain('\ufffd');
  }
});

it('shows that a character is missing its end', async () => {
  const tokenizer = await loadTokenizer(openFolder(folder.path));
  const [first] = tokenizer.encode('🐦');
  expect(tokenTexts([first!], tokenizer)).toEqual([{ text: '\ufffd', special: false }]);
});

const data = process.env['BEZOAR_DATA_DIR'];

it.skipIf(data === undefined)('cuts as well with LLaMA’s pieces (needs BEZOAR_DATA_DIR)', async () => {
  const tokenizer = await loadTokenizer(openFolder(join(data!, 'tokenizer', 'llama')));
  const texts = ['Hello  world', ' leading', 'x\n\n y', 'ü🐦日本 a', 'code:\n\tif (x) { return 1; }  ', '👩🏽‍🚀'];
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    const shown = tokenTexts(ids, tokenizer).map((each) => each.text);
    expect(shown.join('')).toBe(tokenizer.decode(ids));
  }
});
