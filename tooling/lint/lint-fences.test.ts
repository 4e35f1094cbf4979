import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

/** The snippets are not on disk, so the rules that need types are off; the fences need none. */
const eslint = new ESLint({
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  overrideConfig: [tseslint.configs.disableTypeChecked],
});

/** The ids of the rules that a snippet at a path breaks. */
async function brokenRules(filePath: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return result!.messages.map((message) => message.ruleId);
}

const importOf = (specifier: string): string =>
  `import { thing } from '${specifier}';\n\nexport const used = thing;\n`;

const refused: readonly (readonly [path: string, specifier: string])[] = [
  ['packages/datagen/src/snippet.ts', '@bezoar/backend'],
  ['packages/datagen/src/snippet.ts', '@bezoar/qlora'],
  ['packages/judge/src/snippet.ts', '@bezoar/model'],
  ['packages/core/src/snippet.ts', 'node:fs'],
  ['packages/core/src/snippet.ts', '@bezoar/llm'],
  ['packages/backend/src/snippet.ts', 'node:worker_threads'],
  ['packages/model/src/forward/snippet.ts', 'node:path'],
  ['packages/formats/src/snippet.ts', 'node:fs'],
  ['packages/qlora/src/snippet.ts', '@bezoar/backend-cpu'],
  ['packages/dpo/src/snippet.ts', '@bezoar/backend-cpu'],
  ['packages/eval/src/snippet.ts', '@bezoar/backend-cpu'],
  ['packages/model/src/snippet.ts', '@bezoar/qlora'],
  ['packages/llm/src/snippet.ts', 'bezoar'],
  ['packages/qlora/src/snippet.ts', '@bezoar/llm/clients'],
];

const allowed: readonly (readonly [path: string, specifier: string])[] = [
  ['packages/datagen/src/snippet.ts', '@bezoar/llm'],
  ['packages/qlora/src/snippet.ts', '@bezoar/model'],
  ['packages/qlora/src/snippet.ts', '@bezoar/backend'],
  ['packages/qlora/src/snippet.test.ts', '@bezoar/backend-cpu'],
  ['packages/model/src/snippet.golden.test.ts', 'node:fs'],
  ['packages/llm/src/snippet.ts', 'node:sqlite'],
  ['packages/backend-cpu/src/snippet.ts', 'node:worker_threads'],
  ['packages/formats/src/node.ts', 'node:fs'],
  ['packages/bezoar/src/snippet.ts', '@bezoar/backend-cpu'],
];

describe('layer fences', () => {
  it.each(refused)('%s may not import %s', async (path, specifier) => {
    expect(await brokenRules(path, importOf(specifier))).toContain('no-restricted-imports');
  });

  it.each(allowed)('%s may import %s', async (path, specifier) => {
    expect(await brokenRules(path, importOf(specifier))).toEqual([]);
  });

  it('keeps Node globals out of browser packages, but not out of their tests', async () => {
    const code = 'export const home = process.env.HOME;\n';
    expect(await brokenRules('packages/model/src/snippet.ts', code)).toContain('no-restricted-globals');
    expect(await brokenRules('packages/model/src/snippet.test.ts', code)).toEqual([]);
    expect(await brokenRules('packages/llm/src/snippet.ts', code)).toEqual([]);
  });
});

describe('house rules', () => {
  const code = 'export const value = 1;\n';

  it.each(['trainSft.ts', 'TrainSft.ts', 'train_sft.ts', 'train-sft.spec.ts'])(
    'refuses the file name %s',
    async (name) => {
      expect(await brokenRules(`packages/qlora/src/${name}`, code)).toContain('bezoar/file-name');
    },
  );

  it.each(['train-sft.ts', 'train-sft.golden.test.ts', 'nf4.ts'])(
    'accepts the file name %s',
    async (name) => {
      expect(await brokenRules(`packages/qlora/src/${name}`, code)).toEqual([]);
    },
  );

  it('refuses more than 350 lines of code, comments not counted', async () => {
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, i) => `// note\nexport const value${i} = ${i};\n`).join('');
    expect(await brokenRules('packages/qlora/src/snippet.ts', lines(351))).toContain('max-lines');
    expect(await brokenRules('packages/qlora/src/snippet.ts', lines(349))).toEqual([]);
  });

  it('refuses console in libraries', async () => {
    expect(await brokenRules('packages/judge/src/snippet.ts', "console.log('x');\n")).toContain('no-console');
  });

  it('refuses an index that does more than export by name', async () => {
    const index = 'packages/qlora/src/index.ts';
    expect(await brokenRules(index, "export * from './a.ts';\n")).toContain('no-restricted-syntax');
    expect(await brokenRules(index, code)).toContain('no-restricted-syntax');
    expect(await brokenRules(index, "import { a } from './a.ts';\na();\n")).toContain('no-restricted-syntax');
    expect(
      await brokenRules(index, "export { a, type B } from './a.ts';\nexport type * from './c.ts';\n"),
    ).toEqual([]);
  });
});
