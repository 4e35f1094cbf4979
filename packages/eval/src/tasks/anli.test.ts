import { describe, expect, it } from 'vitest';
import { anliR1, anliR2, anliR3 } from './anli.ts';

describe('anli', () => {
  it.each([
    { label: 0, answer: 'True' },
    { label: 1, answer: 'Neither' },
    { label: 2, answer: 'False' },
  ])('offers three answers, $answer for label $label, and records the word', ({ label, answer }) => {
    const row = { uid: 'u', premise: 'Owls fly.', hypothesis: 'Birds fly.', label };
    const item = anliR1.prepare(row, 'Row 1');
    expect(item.prompts[0]).toBe('Owls fly.\nQuestion: Birds fly. True, False, or Neither?\nAnswer:');
    expect(item.choices[item.gold]).toBe(answer);
    expect(item.target).toBe(answer);
    expect(item.choices).toHaveLength(3);
  });

  it('has a name for each round', () => {
    expect([anliR1, anliR2, anliR3].map(({ name }) => name)).toEqual(['anli_r1', 'anli_r2', 'anli_r3']);
  });
});
