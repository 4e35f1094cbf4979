import { expect, it } from 'vitest';
import { withoutPlace } from './without-place.ts';

it.each([
  ['./data/rows.jsonl', './data/rows.jsonl'],
  ['../model', '../model'],
  ['/home/somebody/rows.jsonl', '…/rows.jsonl'],
  ['/rows.jsonl', '…/rows.jsonl'],
  ['~/models/llama', '…/llama'],
  ['C:\\Users\\somebody\\model', '…/model'],
  ['script:/home/somebody/teacher.ts', 'script:…/teacher.ts'],
  ['script:./teacher.ts', 'script:./teacher.ts'],
  ['openai:gpt-4o', 'openai:gpt-4o'],
  ['org/name@main', 'org/name@main'],
  ['hf://org/name', 'hf://org/name'],
  ['http://far.example/v1?api-key=Zq93', 'http://far.example/v1'],
  ['https://me:Zq93@far.example/a.jsonl?sig=Zq93#sha256=ab', 'https://far.example/a.jsonl#sha256=ab'],
  ['Answer in one short sentence.', 'Answer in one short sentence.'],
])('shows %s as %s', (reference, shown) => expect(withoutPlace(reference)).toBe(shown));
