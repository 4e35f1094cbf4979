import { expect, it } from 'vitest';
import { definite } from '../stages/definite.ts';
import { chatModelSettings, datasetSettings } from './common-args.ts';

it('makes a chat model of the flags, each limit under its own name', () => {
  const args = {
    'base-url': 'http://127.0.0.1:8000/v1',
    'requests-per-minute': '500',
    'input-tokens-per-minute': '30000',
    'output-tokens-per-minute': '8000',
    'tokens-per-minute': '35000',
    batch: false,
  };
  expect(definite(chatModelSettings('openai:m', args))).toEqual({
    model: 'openai:m',
    baseURL: 'http://127.0.0.1:8000/v1',
    requestsPerMinute: 500,
    inputTokensPerMinute: 30_000,
    outputTokensPerMinute: 8000,
    tokensPerMinute: 35_000,
  });
  expect(() => chatModelSettings('openai:m', { 'tokens-per-minute': 'many' })).toThrow(/--tokens-per-minute/);
});

it('says of the data set only what the flags say', () => {
  expect(definite(datasetSettings({ parquet: false }))).toEqual({});
  expect(definite(datasetSettings({ parquet: true, license: 'mit' }))).toEqual({
    parquet: true,
    license: 'mit',
  });
});
