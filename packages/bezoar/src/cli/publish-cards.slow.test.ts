import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseRun, type ReleaseRun } from '../__fixtures__/release-run.ts';
import { canPythonImport, runHubPython } from '../__fixtures__/run-hub-python.ts';

const hasHub = canPythonImport('huggingface_hub');
const hasPeft = hasHub && canPythonImport('torch', 'transformers', 'peft');

let run: ReleaseRun;
beforeAll(async () => {
  if (!hasHub) return;
  run = await releaseRun();
  const { code, stderr } = await run.cli('publish recipe.yaml --org org');
  expect({ code, stderr }).toMatchObject({ code: 0 });
}, 120_000);
afterAll(() => (hasHub ? run.close() : undefined));

const python = (code: string): Promise<string> =>
  runHubPython(code, { HF_ENDPOINT: run.server.url, HF_HOME: join(run.folder.path, 'python') });
const cardOf = (name: string): string => String(run.server.look('model', name)!.files()['README.md']);

describe.skipIf(!hasHub)(
  "Python's huggingface_hub, which must be installed, on the cards of a release",
  () => {
    const describeCard = (name: string): string => `
import json
from huggingface_hub import ModelCard
data = ModelCard.load('${name}').data
results = [
  [r.task_type, r.dataset_type, r.dataset_name, r.metric_type, r.metric_name, r.metric_value, (r.metric_args or {}).get('stderr')]
  for r in data.eval_results or []
]
print(json.dumps({'base': data.base_model, 'library': data.library_name, 'license': data.license, 'datasets': data.datasets, 'name': data.model_name, 'results': results}))
`;

    it('reads every model card, its scores one by one', async () => {
      const card = JSON.parse(await python(describeCard('org/Second'))) as Record<string, unknown>;
      expect(card).toMatchObject({
        base: 'org/First',
        library: 'transformers',
        license: 'apache-2.0',
        datasets: ['org/Rows'],
        name: 'org/Second',
      });
      const results = card['results'] as unknown[][];
      expect(results.map(([task, type, name, metric, label]) => [task, type, name, metric, label])).toEqual([
        ['text-generation', 'sums', 'sums', 'exact_match', 'exact_match'],
        ['text-generation', 'preference-pairs', 'pairs.jsonl', 'win_rate', 'win rate (per token)'],
        ['text-generation', 'preference-pairs', 'pairs.jsonl', 'win_rate', 'win rate (summed)'],
        ...['writing', 'math', 'first turn', 'second turn', 'average'].map((name) => [
          'text-generation',
          'mt-bench',
          'MT-Bench',
          'mt_bench_score',
          name,
        ]),
      ]);
      for (const [, , , , label, value, stderr] of results) {
        expect(value).toEqual(expect.any(Number));
        // A category with one question has none.
        if (label !== 'writing' && label !== 'math') expect(stderr).toEqual(expect.any(Number));
      }
      const adapter = JSON.parse(await python(describeCard('org/Second-adapter'))) as unknown;
      expect(adapter).toMatchObject({ base: 'org/First', library: 'peft', results: [] });
    });

    it('reads the card of the rows, with the types that their Parquet file has', async () => {
      const text = await python(`
import json
from huggingface_hub import DatasetCard
data = DatasetCard.load('org/Rows').data
print(json.dumps({'license': data.license, 'size': data.size_categories, 'configs': data.configs, 'info': data.dataset_info}))
`);
      expect(JSON.parse(text)).toMatchObject({
        license: 'cc-by-4.0',
        size: ['n<1K'],
        configs: [
          {
            config_name: 'default',
            data_files: [{ split: 'train', path: 'data/train-00000-of-00001.parquet' }],
          },
        ],
        info: {
          features: expect.arrayContaining([{ name: 'instruction', dtype: 'string' }]) as unknown,
          splits: [{ name: 'train', num_examples: 10 }],
        },
      });
    });
  },
);

describe.skipIf(!hasPeft)('transformers and PEFT, which must be installed, on the code of a card', () => {
  it.each(['org/First', 'org/Second-adapter'])(
    '%s is loaded and answers',
    { timeout: 120_000 },
    async (name) => {
      const code = /```python\n([^]*?)```/.exec(cardOf(name))![1]!;
      const prompt = /```text\n([^]*?)```/.exec(cardOf(name))![1]!.replace('{instruction}', 'Say hello.');
      const short = code.replace('max_new_tokens=256', 'max_new_tokens=4');
      expect(short).not.toBe(code);
      const printed = await python(
        `prompt = ${JSON.stringify(prompt)}\n${short}\nprint('new tokens:', len(output) - inputs["input_ids"].shape[1])`,
      );
      expect(printed).toMatch(/new tokens: [1-4]$/);
    },
  );
});
