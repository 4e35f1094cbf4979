import { createReferenceBackend, type Backend } from '@bezoar/backend';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { createRng, type Rng } from '@bezoar/core';
import { afterAll, describe, expect, it } from 'vitest';
import { quantisedModel, tinyModel } from '../__fixtures__/tiny-model.ts';
import { createLoraAdapter } from '../lora/create-lora-adapter.ts';
import { withAdapter, type CausalLM } from '../causal-lm.ts';
import { planFamilies } from './plan-families.ts';
import { scoreShared, type ScoreSharedOptions } from './score-shared.ts';
import { scoreTokens } from './score-tokens.ts';
import type { ScoreRequest, ScoreResult } from './types.ts';

const cpu = await createCpuBackend();
afterAll(() => cpu.dispose());

/** Questions with choices, as an evaluation asks them: examples before some, choices of one token, one that begins another. */
function questions(rng: Rng, { count, examples }: { count: number; examples: number }): ScoreRequest[] {
  const draw = (length: number): number[] => Array.from({ length }, () => rng.int(40));
  const before = [1, ...draw(examples)];
  return Array.from({ length: count }, () => {
    const context = [...before, ...draw(1 + rng.int(8))];
    const first = draw(2 + rng.int(3));
    const choices = [first, first.slice(0, -1), [...first, 7], draw(1), draw(1), draw(5)];
    return choices.map((choice) => ({ tokens: [...context, ...choice], from: context.length }));
  }).flat();
}

async function score(
  model: CausalLM,
  requests: readonly ScoreRequest[],
  options: ScoreSharedOptions = {},
): Promise<ScoreResult[]> {
  const scores: ScoreResult[] = [];
  await scoreShared(model, requests, { ...options, onScore: (index, each) => (scores[index] = each) });
  return scores;
}

const models: [string, (backend: Backend) => CausalLM][] = [
  ['llama', (backend) => tinyModel(backend)],
  ['qwen3', (backend) => tinyModel(backend, { model_type: 'qwen3', head_dim: 6 })],
  ['mistral with a window', (backend) => tinyModel(backend, { model_type: 'mistral', sliding_window: 5 })],
  ['NF4 with an adapter', withRandomAdapter],
];

function withRandomAdapter(backend: Backend): CausalLM {
  const model = quantisedModel(backend);
  const config = {
    r: 4,
    loraAlpha: 8,
    loraDropout: 0,
    targetModules: ['q_proj', 'down_proj'],
    useRslora: false,
  };
  const adapter = createLoraAdapter({ model, config, rng: createRng(1) });
  for (const { b } of adapter.modules.values()) backend.fill({ out: b, value: 0.05 });
  return withAdapter(model, adapter);
}

describe('scoreShared', () => {
  it.each(models)('gives what scoreTokens gives, whatever the rounds: %s', async (_, create) => {
    for (const backend of [createReferenceBackend(), cpu]) {
      const model = create(backend);
      for (const [seed, examples] of [0, 30, 3].entries()) {
        const requests = questions(createRng(seed), { count: 7, examples });
        const wanted = await scoreTokens(model, requests);
        for (const maxTokens of [1, 100, 4096]) {
          const scores = await score(model, requests, { maxTokens });
          expect(scores).toHaveLength(requests.length);
          for (const [index, { logProbs, greedy }] of wanted.entries()) {
            expect(scores[index]!.greedy).toEqual(greedy);
            expect(scores[index]!.logProbs).toHaveLength(logProbs.length);
            logProbs.forEach((value, place) =>
              expect(Math.abs(scores[index]!.logProbs[place]! - value)).toBeLessThan(1e-5),
            );
          }
        }
      }
      model.dispose();
    }
  });

  it('runs a beginning once: the tokens of all passes are those that differ', async () => {
    const backend = createReferenceBackend();
    const model = tinyModel(backend);
    let run = 0;
    const counting: Backend = {
      ...backend,
      gatherRows(args) {
        if (args.table === model.embedding) run += args.ids.size;
        backend.gatherRows(args);
      },
    };
    const rng = createRng(3);
    const requests = questions(rng, { count: 6, examples: 40 });
    await score({ ...model, backend: counting }, requests);
    const together = run;
    run = 0;
    await score({ ...model, backend: counting }, requests, { maxTokens: 120 });
    const nodes = new Set(
      requests.flatMap(({ tokens }) => tokens.slice(0, -1).map((_, end) => tokens.slice(0, end + 1).join())),
    );
    // Some beginnings are too short to wait for.
    for (const count of [together, run]) {
      expect(count).toBeGreaterThanOrEqual(nodes.size);
      expect(count).toBeLessThan(nodes.size + 6);
    }
    const all = requests.reduce((sum, { tokens }) => sum + tokens.length, 0);
    expect(all / run).toBeGreaterThan(10);
  });

  it('leaves out rounds that are known, and gives the same bits for the others', async () => {
    const model = tinyModel(cpu);
    const requests = questions(createRng(4), { count: 12, examples: 20 });
    const options = { maxTokens: 120 };
    const whole = await score(model, requests, options);
    const first = new Set(planFamilies(requests, 120)[0]!.flatMap((family) => family.requests));
    const rest = await score(model, requests, { ...options, isKnown: (index) => first.has(index) });
    expect(first.size).toBeLessThan(requests.length);
    for (const [index, each] of whole.entries()) {
      if (first.has(index)) expect(rest[index]).toBeUndefined();
      else expect(rest[index]).toEqual(each);
    }
    model.dispose();
  });

  it('scores nothing where nothing is asked, frees everything, and stops when it is told to', async () => {
    const backend = createReferenceBackend();
    const model = tinyModel(backend);
    const before = backend.memory().tensors;
    const requests = questions(createRng(5), { count: 3, examples: 0 });
    const [nothing] = await score(model, [{ tokens: [3, 4], from: 2 }]);
    expect(nothing).toEqual({ logProbs: new Float32Array(0), greedy: [] });
    await score(model, requests);
    await expect(score(model, requests, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
    expect(backend.memory().tensors).toBe(before);
  });

  it.each([
    ['nothing before the first scored token', { tokens: [1, 2], from: 0 }, /from token 0/],
    ['a token that the model does not have', { tokens: [1, 40], from: 1 }, /Token id 40/],
    ['more than its positions', { tokens: Array.from({ length: 66 }, () => 1), from: 64 }, /65 tokens/],
  ])('refuses %s', async (_, request, message) => {
    await expect(scoreShared(tinyModel(createReferenceBackend()), [request])).rejects.toThrow(message);
  });
});

describe('planFamilies', () => {
  it('puts requests of one context together, and families that share their beginning side by side', () => {
    const context =
      (...tokens: number[]) =>
      (last: number[]) => ({ tokens: [...tokens, ...last], from: tokens.length });
    const short = context(9, 9);
    const [long, other] = [context(1, 2, 3, 4, 5, 6), context(1, 2, 3, 4, 8, 8)];
    const requests = [short([1]), long([1, 2]), other([5]), short([2]), other([6]), long([1])];
    expect(planFamilies(requests, 64)).toEqual([
      [
        { requests: [2, 4].toSorted((a, b) => b - a), length: 6 },
        { requests: [1, 5], length: 7 },
        { requests: [3, 0], length: 2 },
      ],
    ]);
    expect(planFamilies(requests, 14).map((round) => round.length)).toEqual([2, 1]);
    expect(planFamilies(requests, 1).map((round) => round.length)).toEqual([1, 1, 1]);
  });
});
