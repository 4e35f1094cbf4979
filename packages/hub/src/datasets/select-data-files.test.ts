import { describe, expect, it } from 'vitest';
import { parseHubReference } from '../reference/parse-hub-reference.ts';
import { readDatasetCard } from './read-dataset-card.ts';
import { selectDataFiles } from './select-data-files.ts';

function select(reference: string, paths: readonly string[], readme = ''): readonly string[] {
  return selectDataFiles({
    reference: parseHubReference(reference),
    paths,
    configs: readDatasetCard(readme).configs,
  });
}

/** Each laid out as a data set that is on the Hub. */
const dolly = ['.gitattributes', 'README.md', 'databricks-dolly-15k.jsonl'];
const shards = [
  'data/test-00000-of-00001.parquet',
  'data/train-00001-of-00002.parquet',
  'data/train-00000-of-00002.parquet',
];
const hhRlhf = [
  'a/test.jsonl.gz',
  'a/train.jsonl.gz',
  'b/train.jsonl.gz',
  'red-team/red_team_attempts.jsonl.gz',
];
const gsm8k = [
  'main/test-0.parquet',
  'main/train-0.parquet',
  'socratic/test-0.parquet',
  'socratic/train-0.parquet',
];
const gsm8kCard = `---
license: mit
configs:
- config_name: main
  data_files:
  - split: train
    path: main/train-*
  - split: test
    path: main/test-*
- config_name: socratic
  data_files:
  - split: train
    path: [socratic/train-*]
---
# GSM8K`;

describe('selectDataFiles', () => {
  it.each([
    ['org/x', dolly, ['databricks-dolly-15k.jsonl']],
    ['org/x/databricks-dolly-15k.jsonl', dolly, ['databricks-dolly-15k.jsonl']],
    ['org/x', shards, ['data/train-00000-of-00002.parquet', 'data/train-00001-of-00002.parquet']],
    ['org/x?split=test', shards, ['data/test-00000-of-00001.parquet']],
    ['org/x/data/*', shards, shards.toSorted()],
    ['org/x/data', shards, shards.toSorted()],
    ['org/x', hhRlhf, ['a/train.jsonl.gz', 'b/train.jsonl.gz']],
    ['org/x?config=b', hhRlhf, ['b/train.jsonl.gz']],
    ['org/x@refs/convert/parquet?config=main&split=test', gsm8k, ['main/test-0.parquet']],
    ['org/x', ['train.parquet', 'train.jsonl', 'dataset_infos.json'], ['train.parquet']],
    ['org/x?split=validation', ['dev.json', 'train.json'], ['dev.json']],
    ['org/x', ['only_test.jsonl'], ['only_test.jsonl']],
  ])('%s of %j', (reference, paths, expected) => {
    expect(select(reference, paths)).toEqual(expected);
  });

  it('follows the card', () => {
    expect(select('org/x?config=socratic', gsm8k, gsm8kCard)).toEqual(['socratic/train-0.parquet']);
    expect(select('org/x?config=main&split=test', gsm8k, gsm8kCard)).toEqual(['main/test-0.parquet']);
    const withDefault = gsm8kCard.replace('config_name: main', 'config_name: main\n  default: true');
    expect(select('org/x', gsm8k, withDefault)).toEqual(['main/train-0.parquet']);
    const oneFile = '---\nconfigs:\n- config_name: all\n  data_dir: main\n  data_files: "**/test*"\n---\n';
    expect(select('org/x', gsm8k, oneFile)).toEqual(['main/test-0.parquet']);
  });

  it.each([
    ['org/x?split=dev', shards, '', 'BAD_CONFIG', /no split dev/, /it has test, train/],
    [
      'org/x',
      ['a-test.jsonl', 'a-dev.jsonl'],
      '',
      'BAD_CONFIG',
      /more than one split/,
      /it has validation, test/,
    ],
    ['org/x', gsm8k, gsm8kCard, 'BAD_CONFIG', /more than one configuration/, /it has main, socratic/],
    ['org/x?config=z', gsm8k, gsm8kCard, 'BAD_CONFIG', /no configuration z/, /it has main, socratic/],
    [
      'org/x@refs/convert/parquet',
      gsm8k,
      '',
      'BAD_CONFIG',
      /more than one configuration/,
      /it has main, socratic/,
    ],
    ['org/x/no.jsonl', dolly, '', 'NOT_FOUND', /no file no\.jsonl/, /databricks-dolly-15k\.jsonl/],
    [
      'org/x',
      ['script.py', 'data.csv'],
      '',
      'NOT_FOUND',
      /no JSON Lines or Parquet/,
      /refs\/convert\/parquet/,
    ],
  ])('%s of %j is refused, with what there is', (...[reference, paths, card, code, message, advice]) => {
    expect(() => select(reference, paths, card)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(message) as string,
        advice: expect.stringMatching(advice) as string,
      }),
    );
  });

  it('reads the licence, and what it can of a header that is partly broken', () => {
    expect(readDatasetCard(gsm8kCard).license).toBe('mit');
    expect(readDatasetCard('---\nlicense: [mit]\nconfigs: 3\n---\n')).toEqual({
      license: undefined,
      configs: [],
    });
  });

  it('takes a broken header for none', () => {
    expect(select('org/x', dolly, '---\nconfigs: [ }\n---\n')).toEqual(['databricks-dolly-15k.jsonl']);
  });
});
