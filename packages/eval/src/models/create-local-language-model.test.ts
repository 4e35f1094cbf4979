import { generateTokens, scoreTokens } from '@bezoar/model';
import { describe, expect, it } from 'vitest';
import { tinyLanguage } from '../__fixtures__/tiny-language.ts';
import { createLocalLanguageModel } from './create-local-language-model.ts';
import { createStopCheck, cutAtStop } from './stop-strings.ts';

const { model, tokenizer } = await tinyLanguage();
const create = (batchTokens: number) =>
  createLocalLanguageModel({ id: 'tiny', model, tokenizer, bos: 'always', batchTokens });
const texts = [
  'The robin is',
  'Is the robin in the garden?',
  'Yes.',
  'The robin lives in the garden. Yes.',
  'In',
];

describe('createLocalLanguageModel', () => {
  it('scores each request as if it were alone, in order, whatever the batches', async () => {
    const requests = texts.map((context) => ({ context, continuation: ' a bird.' }));
    const seen: number[] = [];
    const results = await create(24).loglikelihood(requests, { onProgress: (done) => seen.push(done) });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toBe(texts.length);
    for (const [index, context] of texts.entries()) {
      const tokens = [1, ...tokenizer.encode(`${context} a bird.`)];
      const [wanted] = await scoreTokens(model, [{ tokens, from: 1 + tokenizer.encode(context).length }]);
      const sum = wanted!.logProbs.reduce((total, value) => total + value, 0);
      expect(results[index]!.logProb).toBeCloseTo(sum, 4);
      expect(results[index]!.isGreedy).toBe(wanted!.greedy.every(Boolean));
    }
    expect(new Set(results.map(({ logProb }) => logProb)).size).toBe(texts.length);
  });

  it('finds its own greedy continuations greedy, and others not', async () => {
    const contexts = Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => `The robin is ${letter}`);
    const language = create(4096);
    const replies = await language.generate(contexts.map((prompt) => ({ prompt, until: [], maxTokens: 1 })));
    // A reply may be part of a character or join the context in a longer token: those are left out.
    const whole = contexts
      .map((context, index) => ({ context, continuation: replies[index]! }))
      .filter(({ context, continuation }) => {
        const ids = tokenizer.encode(context + continuation);
        return /^[!-~]+$/.test(continuation) && ids.length === tokenizer.encode(context).length + 1;
      });
    expect(whole.length).toBeGreaterThan(3);
    const results = await language.loglikelihood(whole);
    expect(results.every(({ isGreedy }) => isGreedy)).toBe(true);
    const others = whole.map(({ context }, index) => ({ context, continuation: `~${index}` }));
    expect((await language.loglikelihood(others)).some(({ isGreedy }) => isGreedy)).toBe(false);
  });

  it('generates each prompt as if it were alone, and cuts at stop strings', async () => {
    const free = texts.map((prompt) => ({ prompt, until: [], maxTokens: 12 }));
    const replies = await create(50).generate(free);
    for (const [index, prompt] of texts.entries()) {
      const [wanted] = await generateTokens(model, {
        prompts: [[1, ...tokenizer.encode(prompt)]],
        maxNewTokens: 12,
        stopIds: [2],
      });
      expect(replies[index]).toBe(tokenizer.decode(wanted!.tokens));
    }
    const stop = replies[0]!.slice(3, 5);
    const [cut] = await create(50).generate([{ ...free[0]!, until: ['never', stop] }]);
    expect(cut).toBe(replies[0]!.slice(0, replies[0]!.indexOf(stop)));
  });

  it('samples the same texts again, and others with another seed', async () => {
    const request = [{ prompt: 'The robin', until: [], maxTokens: 12, temperature: 1 }];
    const seeded = (seed: number) => createLocalLanguageModel({ id: 'tiny', model, tokenizer, seed });
    expect(await seeded(1).generate(request)).toEqual(await seeded(1).generate(request));
    expect(await seeded(1).generate(request)).not.toEqual(await seeded(2).generate(request));
  });

  it('records what scores depend on', () => {
    expect(create(64).settings).toEqual({ bos: 'always', add_bos_token: true, max_length: 64 });
    expect(createLocalLanguageModel({ id: 'tiny', model, tokenizer, maxLength: 32 }).settings).toEqual({
      bos: 'tokenizer',
      add_bos_token: false,
      max_length: 32,
    });
  });

  it('stops when it is told to, and refuses a length of nothing', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const request = [{ prompt: 'The', until: [], maxTokens: 2 }];
    await expect(create(64).generate(request, { signal })).rejects.toThrow('enough');
    await expect(create(64).loglikelihood([{ context: 'a', continuation: 'b' }], { signal })).rejects.toThrow(
      'enough',
    );
    expect(() => createLocalLanguageModel({ id: 'tiny', model, tokenizer, maxLength: 1 })).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG' }),
    );
  });
});

describe('stop strings', () => {
  it('cuts at whichever comes first', () => {
    expect(cutAtStop('one, two. three', ['.', ','])).toBe('one');
    expect(cutAtStop('one', ['', 'x'])).toBe('one');
  });

  it('sees a stop string that is spread over tokens, at the end of a long text', () => {
    const check = createStopCheck(tokenizer, ['Question:', '🦌']);
    const ids = tokenizer.encode('The robin. '.repeat(20) + 'Quest');
    expect(check(ids)).toBe(false);
    expect(check([...ids, ...tokenizer.encode('ion:')])).toBe(true);
    expect(check(tokenizer.encode('a 🦌'))).toBe(true);
  });
});
