import { describe, expect, it } from 'vitest';
import { argumentChecks, type OpName } from '../checks/argument-checks.ts';
import { withArgumentChecks } from '../checks/with-argument-checks.ts';
import type { Backend } from '../contract/backend.ts';
import { createReferenceBackend } from '../reference/create-reference-backend.ts';
import { testBackend } from './test-backend.ts';
import type { BackendTestOptions } from './test-api.ts';

interface Result {
  readonly title: string;
  readonly failure?: string;
  readonly skipped?: string;
}

/** Registers the suite with a framework of its own and runs the cases whose title begins with the prefix. */
async function runSuite(
  create: () => Backend,
  prefix: string,
  options: Partial<BackendTestOptions> = {},
): Promise<Result[]> {
  const cases: { title: string; body: (context: { skip(reason?: string): void }) => Promise<void> }[] = [];
  const api = {
    describe: (_name: string, body: () => void) => body(),
    it: (title: string, body: (typeof cases)[number]['body']) => void cases.push({ title, body }),
    expect,
  };
  testBackend({ api, name: 'a test', create, ...options });
  const results: Result[] = [];
  for (const { title, body } of cases.filter((one) => one.title.startsWith(prefix))) {
    let skipped: string | undefined;
    const failure = await body({ skip: (reason) => void (skipped = reason) }).then(() => undefined, String);
    results.push({
      title,
      ...(failure === undefined ? {} : { failure }),
      ...(skipped === undefined ? {} : { skipped }),
    });
  }
  return results;
}

/** The reference backend with some things done wrongly. */
function broken(change: (good: Backend) => Partial<Backend>): () => Backend {
  return () => {
    const good = createReferenceBackend();
    return { ...good, ...change(good) };
  };
}

const failures = (results: readonly Result[]): string[] =>
  results.filter((one) => one.failure !== undefined).map((one) => one.title);

describe('testBackend', () => {
  it.each(Object.keys(argumentChecks) as OpName[])('notices when %s does nothing', async (op) => {
    const create = broken((good) =>
      op === 'nf4Quantize'
        ? { nf4Quantize: (args) => good.nf4Quantize({ ...args, blockSize: 128 }) }
        : withArgumentChecks({ ...good, [op]: () => undefined }, good.capabilities),
    );
    expect(failures(await runSuite(create, `${op}: `))).not.toEqual([]);
  });

  const mutants: [string, OpName, (good: Backend) => Partial<Backend>][] = [
    [
      'a window that is one too wide',
      'attention',
      (good) => ({
        attention: ({ window, ...args }) =>
          good.attention(window === undefined ? args : { ...args, window: window + 1 }),
      }),
    ],
    [
      'a window that is forgotten in the backward pass',
      'attentionBackward',
      (good) => ({ attentionBackward: ({ window: _window, ...args }) => good.attentionBackward(args) }),
    ],
    [
      'sequences that see each other',
      'attention',
      (good) => ({
        attention(args) {
          const tokens = args.lse.size / args.heads;
          const cuSeqlens = good.upload('i32', [2], Int32Array.of(0, tokens));
          good.attention({ ...args, layout: { cuSeqlens, batch: 1, maxSeqlen: tokens } });
          cuSeqlens.dispose();
        },
      }),
    ],
    [
      'accumulate that is ignored',
      'linear',
      (good) => ({ linear: (args) => good.linear({ ...args, accumulate: false }) }),
    ],
    [
      'a bias that is ignored',
      'linear',
      (good) => ({ linear: ({ bias: _bias, ...args }) => good.linear(args) }),
    ],
    [
      'a dropout stream that is ignored',
      'dropout',
      (good) => ({ dropout: (args) => good.dropout({ ...args, dropout: { ...args.dropout, stream: 0 } }) }),
    ],
    [
      'dropout that is forgotten in the backward pass',
      'loraBackward',
      (good) => ({ loraBackward: ({ dropout: _dropout, ...args }) => good.loraBackward(args) }),
    ],
    [
      'an inverse that is ignored',
      'rope',
      (good) => ({ rope: (args) => good.rope({ ...args, inverse: false }) }),
    ],
    [
      'an eps that is a little off',
      'rmsNorm',
      (good) => ({ rmsNorm: (args) => good.rmsNorm({ ...args, eps: args.eps + 1e-4 }) }),
    ],
    [
      'a gradient scale that is ignored',
      'adamW',
      (good) => ({ adamW: (args) => good.adamW({ ...args, gradScale: 1 }) }),
    ],
    [
      'a bias correction that is stuck at the first step',
      'adamW',
      (good) => ({ adamW: (args) => good.adamW({ ...args, step: 1 }) }),
    ],
    [
      'a noise stream that is ignored',
      'addNoise',
      (good) => ({ addNoise: (args) => good.addNoise({ ...args, noise: { ...args.noise, stream: 0 } }) }),
    ],
    [
      'noise of one scale for all rows',
      'addNoise',
      (good) => ({
        addNoise(args) {
          const scales = good.alloc('f32', args.scales.shape);
          good.fill({ out: scales, value: 0.5 });
          good.addNoise({ ...args, scales });
          scales.dispose();
        },
      }),
    ],
    [
      'a second moment that is not stored',
      'adamW8bit',
      (good) => ({
        adamW8bit(args) {
          const vAbsmax = good.alloc('f32', args.vAbsmax.shape);
          good.adamW8bit({ ...args, vAbsmax });
          vAbsmax.dispose();
        },
      }),
    ],
    [
      'a bias correction of 8-bit moments that is stuck',
      'adamW8bit',
      (good) => ({ adamW8bit: (args) => good.adamW8bit({ ...args, step: 1 }) }),
    ],
    [
      'an op that leaks',
      'add',
      (good) => ({
        add(args) {
          good.alloc('f32', [1]);
          good.add(args);
        },
      }),
    ],
    [
      'an op that changes its input',
      'add',
      (good) => ({
        add(args) {
          good.add(args);
          if (args.a !== args.out) good.fill({ out: args.a, value: 0 });
        },
      }),
    ],
    [
      'an op that depends on chance',
      'add',
      (good) => {
        let calls = 0;
        return {
          add(args) {
            good.add(args);
            if (calls++ % 2 === 1)
              good.adamW({
                param: args.out,
                grad: good.alloc('f32', args.out.shape),
                m: good.alloc('f32', args.out.shape),
                v: good.alloc('f32', args.out.shape),
                lr: 1e-9,
                beta1: 0,
                beta2: 0,
                eps: 1,
                weightDecay: 1,
                step: 1,
                gradScale: 1,
              });
          },
        };
      },
    ],
    ['an op without argument checks', 'fill', () => ({ fill: () => undefined })],
  ];
  it.each(mutants)('notices %s', async (_title, op, change) => {
    expect(failures(await runSuite(broken(change), `${op}: `))).not.toEqual([]);
  });

  it('reports declared gaps as skipped, with the reason', async () => {
    const create = broken((good) => {
      const capabilities = {
        ...good.capabilities,
        missing: { topK: 'no sort' },
        weightFormats: new Set(['f32'] as const),
      };
      return { capabilities, ...withArgumentChecks(good, capabilities) };
    });
    const topK = await runSuite(create, 'topK: ');
    expect(topK.length).toBeGreaterThan(3);
    expect(topK.every((one) => one.skipped === 'declared gap: topK: no sort')).toBe(true);
    const linear = await runSuite(create, 'linear: ');
    expect(failures(linear)).toEqual([]);
    expect(linear.filter((one) => one.skipped?.includes('weights are not accepted')).length).toBeGreaterThan(
      10,
    );
    expect(failures(await runSuite(create, 'declared gaps'))).toEqual([]);
  });

  it('notices a gap that is declared but does not throw', async () => {
    const create = broken((good) => ({
      capabilities: { ...good.capabilities, missing: { topK: 'no sort' } },
    }));
    expect(failures(await runSuite(create, 'declared gaps'))).toHaveLength(1);
  });

  it('skips what it is told to, and refuses names that are no case', async () => {
    const skip = [{ case: 'fill', reason: 'known' }];
    const results = await runSuite(createReferenceBackend, 'fill: ', { skip });
    expect(results.every((one) => one.skipped === 'known')).toBe(true);
    expect(failures(await runSuite(createReferenceBackend, 'every entry', { skip }))).toEqual([]);
    const wrong = [{ case: 'no such case', reason: 'typo' }];
    expect(failures(await runSuite(createReferenceBackend, 'every entry', { skip: wrong }))).toHaveLength(1);
  });

  it('says seed, output, element and bound when values disagree', async () => {
    const create = broken((good) => ({ linear: (args) => good.linear({ ...args, accumulate: false }) }));
    const [first] = (await runSuite(create, 'linear: 3×7→5 bf16, bias, accumulate')).filter(
      (one) => one.failure,
    );
    expect(first?.failure).toMatch(/seed 20230609/);
    expect(first?.failure).toMatch(/out: element \d+ is .* instead of .* \(off by .*, allowed .*\)/);
  });
});
