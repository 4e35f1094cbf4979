import { describe, expect, it } from 'vitest';
import type { EvalDocument } from './eval-document.ts';
import { evalDocuments, evalTexts } from './eval-documents.ts';

describe('evalTexts', () => {
  it.each([
    [
      'ARC',
      { id: 'M', question: 'Which?', choices: { text: ['sand', 'salt'], label: ['A', 'B'] }, answerKey: 'A' },
      ['Which?', 'Which?\nsand\nsalt'],
    ],
    ['GSM8K', { question: 'How many?', answer: 'Two.\n#### 2' }, ['How many?', 'How many?\nTwo.\n#### 2']],
    [
      'MMLU',
      { question: 'Which?', subject: 'law', choices: ['x x', 'y y'], answer: 1 },
      ['Which?', 'Which?\nx x\ny y'],
    ],
    [
      'ANLI',
      { uid: 'u', premise: 'It rains.', hypothesis: 'It is wet.', label: 0 },
      ['It rains.\nIt is wet.'],
    ],
    [
      'TruthfulQA',
      { question: 'Why?', mc1_targets: { choices: ['no', 'yes'], labels: [1, 0] } },
      ['Why?', 'Why?\nno\nyes'],
    ],
    ['a label as answer', { question: 'Which?', answer: 'A' }, ['Which?']],
    ['an unknown schema', { a: 'one', n: 3, b: ['two'] }, ['one\ntwo']],
    ['a row without texts', { n: 3 }, []],
  ])('takes question, choices and answer of %s', (_, row, texts) => {
    expect(evalTexts(row)).toEqual(texts);
  });
});

describe('evalDocuments', () => {
  it('names each row by its id, or by its number', async () => {
    const rows = [{ id: 7, question: 'a b' }, 'no row', { question: 'c d' }];
    const found: EvalDocument[] = [];
    for await (const document of evalDocuments({ task: 't', rows })) found.push(document);
    expect(found).toEqual([
      { task: 't', id: '7', text: 'a b' },
      { task: 't', id: 'row 3', text: 'c d' },
    ]);
  });
});
