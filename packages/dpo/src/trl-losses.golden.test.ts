import { describeGolden, readJsonFile, type GoldenCase } from '@bezoar/golden';
import type { Backend } from '@bezoar/backend';
import { openFolder } from '@bezoar/formats/node';
import { createWorkspace, loadLoraAdapter, loadModel, withAdapter } from '@bezoar/model';
import { adapterTrainable } from '@bezoar/qlora';
import { listTestBackends } from '@bezoar/test-backends';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resolveDpoConfig } from './dpo-config.ts';
import { dpoStepGradients } from './dpo-step.ts';
import { encodeSide } from './encode-side.ts';
import { resolveKtoConfig } from './kto-config.ts';
import { ktoStepGradients } from './kto-step.ts';
import { adapterOffReference } from './reference.ts';

/**
 * What TRL 1.13 (torch 2.13) computes on the golden case: `get_batch_loss_metrics` of its ORPOTrainer, and of its CPOTrainer for SimPO with
 * β 2 and γ 1; KTOTrainer's formulas with λ_U 1.5, chosen answers before rejected ones, mismatched by one among each. Of the gradient by all adapter
 * weights, in the order of their names: its norm, and its dot product with cos(0), cos(1), …
 */
const trl = {
  orpo: {
    loss: 5.950337886810303,
    metrics: {
      'rewards/chosen': -0.5799245238304138,
      'rewards/rejected': -0.5774527192115784,
      'rewards/accuracies': 0.6666666865348816,
      'rewards/margins': -0.0024718146305531263,
      'logps/chosen': -5.799245357513428,
      'logps/rejected': -5.774527072906494,
      nll_loss: 5.877358913421631,
      log_odds_ratio: -0.7297907471656799,
      log_odds_chosen: -0.024869868531823158,
    },
    gradient: { norm: 0.9436513980358183, dot: -0.01535462312200946 },
  },
  simpo: {
    loss: 1.4196261167526245,
    metrics: {
      'rewards/chosen': -11.598490715026855,
      'rewards/rejected': -11.549054145812988,
      'rewards/margins': -0.04943625256419182,
    },
    gradient: { norm: 3.2336622691791317, dot: -0.7960993117058719 },
  },
  kto: {
    loss: 0.631184458732605,
    metrics: {
      kl: 0.2009708136320114,
      'rewards/chosen': -0.00572919612750411,
      'rewards/rejected': 0.0359666533768177,
    },
    gradient: { norm: 0.2693432429569476, dot: 0.06857622728583408 },
  },
} as const;

type Texts = Readonly<Record<'prompt' | 'chosen' | 'rejected', readonly number[]>>;

const backends = await listTestBackends();
const losses = Object.keys(trl) as (keyof typeof trl)[];

describeGolden('dpo', (cases) => {
  const all = backends.flatMap((backend) =>
    losses.flatMap((loss) => cases.map((golden) => ({ ...backend, loss, golden }))),
  );
  it.each(all)('$loss of $golden.name is that of TRL on $name', async ({ create, loss, golden }) => {
    const backend = await create();
    try {
      const { metrics, gradient } = await stepOf(backend, loss, golden);
      const wanted = trl[loss];
      expect(Math.abs(metrics['loss']! - wanted.loss)).toBeLessThanOrEqual(1e-4);
      for (const [name, value] of Object.entries(wanted.metrics))
        expect(Math.abs(metrics[name]! - value), name).toBeLessThanOrEqual(2e-4);
      const norm = Math.sqrt(gradient.reduce((sum, value) => sum + value ** 2, 0));
      const dot = gradient.reduce((sum, value, index) => sum + value * Math.cos(index), 0);
      expect(Math.abs(norm - wanted.gradient.norm)).toBeLessThanOrEqual(2e-4 * wanted.gradient.norm);
      expect(Math.abs(dot - wanted.gradient.dot)).toBeLessThanOrEqual(5e-4 * wanted.gradient.norm);
    } finally {
      await backend.dispose();
    }
  });
});

async function stepOf(
  backend: Backend,
  loss: keyof typeof trl,
  { folder, info }: GoldenCase,
): Promise<{ metrics: Readonly<Record<string, number>>; gradient: readonly number[] }> {
  const texts = readJsonFile<Texts[]>(join(folder, 'pairs.json'));
  const base = await loadModel({ folder: openFolder(join(folder, String(info['base_model']))), backend });
  const model = withAdapter(base, await loadLoraAdapter(base, openFolder(join(folder, 'adapter-init'))));
  const trainable = adapterTrainable(model);
  const run = { model, trainable, workspace: createWorkspace(backend) };
  const { metrics } =
    loss === 'kto'
      ? await ktoStepGradients({
          ...run,
          // Micro-batches change nothing.
          micro: halves(ratedOf(texts)),
          reference: adapterOffReference(model),
          config: resolveKtoConfig({ undesirableWeight: 1.5 }),
        })
      : await dpoStepGradients({
          ...run,
          micro: halves(
            texts.map(({ prompt, chosen, rejected }, index) => ({
              id: String(index),
              chosen: encodeSide(prompt, chosen),
              rejected: encodeSide(prompt, rejected),
            })),
          ),
          reference: undefined,
          config: resolveDpoConfig({ loss }),
        });
  const sorted = trainable.parameters.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const parts = await Promise.all(sorted.map(({ grad }) => backend.download(grad)));
  return { metrics: { ...metrics }, gradient: parts.flatMap((part) => Array.from(part)) };
}

function ratedOf(texts: readonly Texts[]): Parameters<typeof ktoStepGradients>[0]['micro'][number] {
  return (['chosen', 'rejected'] as const).flatMap((kind) =>
    texts.map((text, index) => ({
      id: `${index}-${kind}`,
      label: kind === 'chosen',
      side: encodeSide(text.prompt, text[kind]),
      mismatched: encodeSide(text.prompt, texts.at(index - 1)![kind]),
    })),
  );
}

function halves<Item>(items: readonly Item[]): Item[][] {
  const middle = Math.floor(items.length / 3);
  return [items.slice(0, middle), items.slice(middle)];
}
