import { describe, expect, it } from 'vitest';
import { renderDatasetCard, type DatasetCardOptions } from './render-dataset-card.ts';

const options: DatasetCardOptions = {
  name: 'Robin: "birds" & more',
  license: 'cc-by-sa-3.0',
  funnels: [
    { stage: 'lamini', input: 120, kept: 100, dropped: { duplicate: 15, 'near-duplicate': 5 } },
    { stage: 'clean', input: 100, kept: 90, dropped: { 'contaminated-ngram': 10 } },
  ],
  costs: [{ model: 'teacher|large', calls: 240, inputTokens: 5000, outputTokens: 9000, usd: 1.234 }],
  promptHashes: { 'example-guided': 'ab12' },
  sources: [
    {
      name: 'Dolly',
      license: 'CC BY-SA 3.0',
      hubId: 'databricks/databricks-dolly-15k',
      url: 'https://example.org/d',
    },
    { name: 'our own', license: 'Apache-2.0' },
  ],
  splits: [
    { split: 'train', path: 'data/train-00000-of-00001.parquet', rows: 80 },
    { split: 'test', path: 'data/test-00000-of-00001.parquet', rows: 10 },
  ],
};

/** The parts of YAML that a card uses, read by indentation: an oracle that shares nothing with the writer. */
function parseHeader(card: string): unknown {
  const end = card.indexOf('\n---\n');
  expect(card.startsWith('---\n')).toBe(true);
  const lines = card.slice(4, end).split('\n');
  let at = 0;
  const depthOf = (line: string): number => line.length - line.trimStart().length;
  const scalar = (text: string): unknown => (/^["\d]/.test(text) ? JSON.parse(text) : text);
  function block(depth: number): unknown {
    const isList = lines[at]!.trimStart().startsWith('- ');
    const items: unknown[] = [];
    const map: Record<string, unknown> = {};
    while (
      at < lines.length &&
      depthOf(lines[at]!) === depth &&
      lines[at]!.trimStart().startsWith('- ') === isList
    ) {
      const text = lines[at]!.trimStart();
      if (isList && !/^- [\w]+:( |$)/.test(text)) {
        items.push(scalar(text.slice(2)));
        at++;
      } else if (isList) {
        lines[at] = lines[at]!.replace('- ', '  ');
        items.push(block(depth + 2));
      } else {
        const [, key, value] = /^(\w+):(?: (.*))?$/.exec(text) as unknown as [
          string,
          string,
          string | undefined,
        ];
        at++;
        const nested = lines[at];
        map[key] = value !== undefined ? scalar(value) : block(depthOf(nested!));
      }
    }
    return isList ? items : map;
  }
  return block(0);
}

describe('renderDatasetCard', () => {
  it('shows small costs by their first digits, and none where no price is known', () => {
    const cost = { model: 'm', calls: 2, inputTokens: 5, outputTokens: 9 };
    const costs = [{ ...cost, usd: 0.0035 }, { ...cost, usd: 0 }, cost];
    const card = renderDatasetCard({ ...options, costs });
    expect([...card.matchAll(/^\| m .*\| (.*) \|$/gm)].map(([, usd]) => usd)).toEqual([
      '0.0035',
      '0.00',
      'not priced',
    ]);
  });

  it('writes a header that says what the Hub asks', () => {
    expect(parseHeader(renderDatasetCard({ ...options, tags: ['yes', 'synthetic'] }))).toEqual({
      language: ['en'],
      license: 'cc-by-sa-3.0',
      pretty_name: 'Robin: "birds" & more',
      tags: ['synthetic', 'bezoar', 'yes'],
      annotations_creators: ['machine-generated'],
      language_creators: ['machine-generated'],
      size_categories: ['n<1K'],
      source_datasets: ['databricks/databricks-dolly-15k'],
      task_categories: ['text-generation'],
      configs: [
        {
          config_name: 'default',
          data_files: [
            { split: 'train', path: 'data/train-00000-of-00001.parquet' },
            { split: 'test', path: 'data/test-00000-of-00001.parquet' },
          ],
        },
      ],
      dataset_info: {
        splits: [
          { name: 'train', num_examples: 80 },
          { name: 'test', num_examples: 10 },
        ],
      },
    });
  });

  it('says of which types the columns are', () => {
    const features = [
      { name: 'id', dtype: 'string' },
      { name: 'lineage', struct: [{ name: 'round', dtype: 'int64' }] },
      { name: 'judgments', list: [{ name: 'rating', dtype: 'float64' }] },
    ];
    expect(parseHeader(renderDatasetCard({ ...options, features }))).toMatchObject({
      dataset_info: { features },
    });
  });

  it('quotes what YAML would take for something else', () => {
    const card = renderDatasetCard({ ...options, license: 'no', tags: ['1e3', '- x', 'a: b', 'true'] });
    expect(card).toContain('license: "no"\n');
    expect(card).toContain('- "1e3"\n- "- x"\n- "a: b"\n- "true"\n');
  });

  it('shows every reason of every stage in order, costs, prompts and sources', () => {
    const cells = renderDatasetCard(options)
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.slice(2, -2).split(/ (?<!\\)\| /));
    const stages = cells.filter(([stage]) => stage === 'lamini' || stage === 'clean');
    expect(stages).toEqual([
      ['lamini', 'entered', '120'],
      ['lamini', 'dropped: duplicate', '15'],
      ['lamini', 'dropped: near-duplicate', '5'],
      ['lamini', 'kept', '100'],
      ['clean', 'entered', '100'],
      ['clean', 'dropped: contaminated-ngram', '10'],
      ['clean', 'kept', '90'],
    ]);
    expect(cells).toContainEqual(['teacher\\|large', '240', '5000', '9000', '1.23']);
    expect(cells).toContainEqual(['example-guided', '`ab12`']);
    expect(cells).toContainEqual(['[Dolly](https://example.org/d)', 'CC BY-SA 3.0']);
    expect(cells).toContainEqual(['our own', 'Apache-2.0']);
  });

  it('leaves out what there is nothing to say about', () => {
    const { costs: _, ...rest } = options;
    const card = renderDatasetCard({ ...rest, funnels: [], sources: [], promptHashes: {} });
    expect(card.match(/^## .*/gm)).toEqual(['## Splits']);
    expect(card).not.toContain('source_datasets');
  });

  it.each([
    [999, 'n<1K'],
    [1000, '1K<n<10K'],
    [2_500_000, '1M<n<10M'],
    [2e9, 'n>1B'],
  ])('classes %d rows as %s', (rows, size) => {
    const card = renderDatasetCard({ ...options, splits: [{ split: 'train', path: 'a', rows }] });
    expect(parseHeader(card)).toMatchObject({ size_categories: [size] });
  });

  it('refuses a card without a split', () => {
    expect(() => renderDatasetCard({ ...options, splits: [] })).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG' }),
    );
  });
});
