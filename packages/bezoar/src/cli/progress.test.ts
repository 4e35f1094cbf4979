import type { RunEvent } from '@bezoar/core';
import { expect, it } from 'vitest';
import { createProgress } from './progress.ts';

const events: RunEvent[] = [
  { type: 'stage-start', stage: 'a', detail: 'new' },
  ...[1, 2, 3].map((done): RunEvent => ({ type: 'progress', stage: 'a', done, total: 3 })),
  { type: 'stage-end', stage: 'a', seconds: 1 },
];

function shown(isTTY: boolean): string {
  let text = '';
  const stderr = { write: (part: string) => void (text += part), isTTY, columns: 40 };
  const progress = createProgress({ stderr }, () => 0);
  for (const event of events) progress.show(event);
  progress.end();
  return text;
}

it('rewrites one line on a terminal', () => {
  const clear = '\r\u001b[2K';
  expect(shown(true)).toBe(`▸ a\n${clear}  a: 1/3${clear}  a: 2/3${clear}  a: 3/3${clear}✓ a: 1.0 s\n`);
});

it('prints plain lines now and then elsewhere', () => {
  expect(shown(false)).toBe('▸ a\n  a: 1/3\n✓ a: 1.0 s\n');
});
