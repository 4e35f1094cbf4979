/**
 * `pnpm peft:read FOLDER`, after check_peft.py: loads what PEFT has saved (safetensors and .bin) and compares with the logits that the
 * adapters had before they went out. Exits with 1 when a difference is above 1e-5 of the greatest logit.
 */
import { createReferenceBackend } from '@bezoar/backend';
import { openSafetensors } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { loadLoraAdapter, loadModel, withAdapter } from '@bezoar/model';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { logitsOf } from './logits-of.ts';

const root = resolve(process.argv[2] ?? '.');
const cases = readdirSync(root).filter((name) => existsSync(join(root, name, 'expected.safetensors')));
const backend = createReferenceBackend();
let failed = cases.length === 0;
for (const name of cases.sort()) {
  const folder = openFolder(join(root, name));
  const file = await openSafetensors(await folder.open('expected.safetensors'));
  const tokens = [...(await file.readInt32('input_ids'))];
  const wanted = await file.readF32('logits');
  await file.close();
  const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const base = await loadModel({ folder: openFolder(join(root, name, 'model')), backend });
  const texts: string[] = [];
  for (const stored of ['adapter-peft', 'adapter-bin']) {
    const model = withAdapter(base, await loadLoraAdapter(base, openFolder(join(root, name, stored))));
    const found = await logitsOf(model, tokens);
    const difference =
      found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0) / scale;
    failed ||= !(difference < 1e-5);
    texts.push(`${stored} ${difference.toExponential(1)}`);
  }
  console.log(`${name}: ${texts.join(', ')}`);
}
await backend.dispose();
console.log(failed ? 'FAIL' : `${cases.length} cases agree`);
process.exitCode = failed ? 1 : 0;
