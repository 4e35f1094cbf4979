import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../workspace/read-packages.ts';
import { checkSnippets } from './check-snippets.ts';
import { readDocuments } from './read-documents.ts';
import { readSnippets } from './read-snippets.ts';

const baseConfig = join(root, 'tsconfig.base.json');

describe('readSnippets', () => {
  it('takes TypeScript blocks only, with their lines and without their indentation', () => {
    const markdown = [
      '# A',
      '```sh',
      'ls',
      '```',
      '```ts',
      'let a = 1;',
      '```',
      '1. b',
      '   ```ts',
      '   if (a) {',
      '     a = 2;',
      '   }',
      '   ```',
      '',
    ];
    expect(readSnippets(markdown.join('\n'))).toEqual([
      { line: 6, code: 'let a = 1;\n' },
      { line: 10, code: 'if (a) {\n  a = 2;\n}\n' },
    ]);
  });
});

describe('checkSnippets', () => {
  const problemsOf = (code: string): readonly string[] =>
    checkSnippets([{ path: join(root, 'SAMPLE.md'), markdown: `\n\`\`\`ts\n${code}\n\`\`\`\n` }], baseConfig);

  it('finds an export that does not exist and a wrong argument, and says where', () => {
    const problems = problemsOf("import { createRng, noSuchThing } from '@bezoar/core';\ncreateRng({});");
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/SAMPLE\.md:3: .*noSuchThing/);
    expect(problems[1]).toMatch(/SAMPLE\.md:4: .*not assignable/);
  });

  it('lets a snippet use names and files that the text speaks of', () => {
    expect(
      problemsOf("import { createRng } from '@bezoar/core';\ncreateRng(seedOfTheText).shuffle(rows);"),
    ).toEqual([]);
  });
});

describe('the documents', () => {
  const documents = readDocuments();

  it('show code that compiles', () => {
    expect(checkSnippets(documents, baseConfig)).toEqual([]);
  });

  it.each(documents)('$path links to files that exist', ({ path, markdown }) => {
    const targets = [...markdown.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1]!);
    expect(targets.filter((target) => !existsSync(join(path, '..', target)))).toEqual([]);
  });
});
