/**
 * The parts of `trainSft` put together by hand: twelve steps over two rows, on an NF4 base, with a learning rate of one's own.
 */
import { createCpuBackend } from '@bezoar/backend-cpu';
import { createRng } from '@bezoar/core';
import type { FolderSink } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import {
  createLoraAdapter,
  createWorkspace,
  loadModel,
  loadTokenizer,
  saveLoraAdapter,
  withAdapter,
} from '@bezoar/model';
import {
  adapterTrainable,
  createAdamW,
  defaultAdamW,
  encodeExample,
  renderInstructionRow,
  stepGradients,
} from '@bezoar/qlora';

const rows = [
  { instruction: 'What does the robin wear?', response: 'The robin wears a red scarf.' },
  { instruction: 'What does the owl wear?', response: 'The owl wears a green hat.' },
];

/** Returns the loss of every step. */
export async function main(modelFolder: string, sink: FolderSink): Promise<number[]> {
  const folder = openFolder(modelFolder);
  const backend = await createCpuBackend();
  const base = await loadModel({ folder, backend, weights: 'nf4-dq' });
  const tokenizer = await loadTokenizer(folder);
  const config = {
    r: 8,
    loraAlpha: 16,
    loraDropout: 0,
    targetModules: ['q_proj', 'v_proj', 'up_proj', 'down_proj'],
    useRslora: false,
  };
  const adapter = createLoraAdapter({ model: base, config, rng: createRng(1) });
  const model = withAdapter(base, adapter);

  const examples = rows.map((row) => encodeExample(renderInstructionRow(row), { tokenizer, maxLength: 256 }));
  const trainable = adapterTrainable(model);
  const optimizer = createAdamW({ backend, trainable, config: { ...defaultAdamW, maxGradNorm: 1 } });
  const workspace = createWorkspace(backend);
  const losses: number[] = [];
  for (let step = 0; step < 12; step++) {
    const { loss } = await stepGradients({
      model,
      trainable,
      workspace,
      config: { gradientCheckpointing: false, seed: 0 },
      step,
      micro: [examples],
    });
    await optimizer.update(5e-3);
    losses.push(loss);
  }
  await saveLoraAdapter({ model, adapter, sink, baseModel: modelFolder });
  await backend.dispose();
  return losses;
}
