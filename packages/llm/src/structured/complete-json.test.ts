import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createScriptedModel } from '../providers/create-scripted-model.ts';
import { completeJson } from './complete-json.ts';
import { extractJson } from './extract-json.ts';

describe('extractJson', () => {
  it.each([
    ['alone', '{"a": 1}', { a: 1 }],
    ['in a fence', 'Sure:\n```json\n{"a": {"b": "}"}}\n```\nDone.', { a: { b: '}' } }],
    ['after braces in prose', 'The set {x} is small. {"a": "\\"q\\""}', { a: '"q"' }],
    ['missing', 'no object {here', undefined],
  ])('finds the object: %s', (_, text, expected) => {
    expect(extractJson(text)).toEqual(expected);
  });

  it('takes no longer for a reply of braces alone, and looks past many in prose', () => {
    const started = performance.now();
    for (const loop of ['{', '{"a":', '{"a":{"', '{x }{'])
      expect(extractJson(loop.repeat(Math.ceil(60_000 / loop.length)))).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(2000);
    expect(extractJson(`${'\\frac{1}{2} + '.repeat(5000)}{"a":1}`)).toEqual({ a: 1 });
  });
});

describe('completeJson', () => {
  const schema = z.object({ rating: z.number() });
  const request = { messages: [{ role: 'user' as const, content: 'rate' }] };

  it('shows the model its mistake once', async () => {
    const replies = ['about nine', '{"rating": 9}'];
    const seen: number[] = [];
    const model = createScriptedModel({
      name: 's',
      reply: ({ messages }) => {
        seen.push(messages.length);
        return replies.shift()!;
      },
    });
    expect(await completeJson(model, request, { schema })).toMatchObject({ ok: true, value: { rating: 9 } });
    expect(seen).toEqual([1, 3]);
  });

  it('says why when repair fails, and does not throw', async () => {
    const model = createScriptedModel({ name: 's', reply: () => '{"rating": "high"}' });
    expect(await completeJson(model, request, { schema })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('rating') as string,
    });
  });
});
