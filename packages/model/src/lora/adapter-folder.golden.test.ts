import { createReferenceBackend, type Tensor } from '@bezoar/backend';
import { memoryFolder, openSafetensors } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { describeGolden, readTensors } from '@bezoar/golden';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withAdapter } from '../causal-lm.ts';
import { loadModel } from '../load-model.ts';
import { modelParameters } from '../parameters.ts';
import { loadLoraAdapter, saveLoraAdapter } from './adapter-folder.ts';
import { mergeLora } from './merge-lora.ts';

describeGolden('lora-train', (cases) => {
  it.each(cases)(
    "$name: PEFT's adapter merges as PEFT merges it, and goes out as it came",
    async ({ folder, info }) => {
      const backend = createReferenceBackend();
      const base = await loadModel({
        folder: openFolder(join(folder, info['base_model'] as string)),
        backend,
      });
      const adapter = await loadLoraAdapter(base, openFolder(join(folder, 'adapter-final')));
      const merged = modelParameters(await mergeLora(withAdapter(base, adapter)));
      const expected = await readTensors(folder, 'merged.safetensors');
      expect(expected.size).toBe(adapter.modules.size);
      for (const [name, { data }] of expected) {
        const actual = await backend.download(merged.get(name) as Tensor<'f32'>);
        const difference = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i]!)), 0);
        expect(difference, name).toBeLessThan(1e-6);
      }

      const sink = memoryFolder(new Map());
      await saveLoraAdapter({ model: base, adapter, sink });
      const file = await openSafetensors(await sink.open('adapter_model.safetensors'));
      const original = await readTensors(join(folder, 'adapter-final'), 'adapter_model.safetensors');
      expect([...file.names].sort()).toEqual([...original.keys()].sort());
      for (const [name, { data }] of original) expect(await file.readF32(name), name).toEqual(data);
    },
  );
});
