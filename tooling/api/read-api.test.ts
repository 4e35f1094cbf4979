import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readApi } from './read-api.ts';
import { renderReport } from './render-report.ts';

/** The report of a package whose declarations are these. */
function reportOf(files: Readonly<Record<string, string>>): string {
  const built = mkdtempSync(join(tmpdir(), 'bezoar-api-'));
  onTestFinished(() => rmSync(built, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(built, name), text);
  const entries = [{ specifier: 'sample', file: join(built, 'index.d.ts') }];
  return renderReport(readApi([{ name: 'sample', built, entries }])[0]!);
}

it('reports declarations sorted by name, without comments, and what they speak of', () => {
  const report = reportOf({
    'index.d.ts': `export { open, type OpenOptions } from './open.ts';\nexport { Problem, kinds as names } from './other.ts';`,
    'open.d.ts': `
      import type { Handle } from './other.ts';
      /** Says what. */
      export interface OpenOptions {
          /** Bytes. */
          readonly size?: number;
      }
      export declare function open({ size }: OpenOptions): Handle;
    `,
    'other.d.ts': `
      interface Inner { readonly id: string }
      export interface Handle { readonly inner: Inner; close(): void }
      export interface Unused { }
      export declare const kinds: readonly ['a', 'b'];
      export declare class Problem extends Error { }
    `,
  });
  expect(report.split('\n').slice(4)).toEqual([
    '## sample',
    '',
    '```ts',
    'interface OpenOptions {',
    '  readonly size?: number;',
    '}',
    'class Problem extends Error {',
    '}',
    'const kinds: readonly [',
    "  'a',",
    "  'b'",
    '];',
    'function open(options: OpenOptions): Handle;',
    '```',
    '',
    '## Not exported, but part of the types above',
    '',
    '```ts',
    'interface Handle {',
    '  readonly inner: Inner;',
    '  close(): void;',
    '}',
    'interface Inner {',
    '  readonly id: string;',
    '}',
    '```',
    '',
  ]);
});

it('names what another package declares', () => {
  const report = reportOf({
    'index.d.ts': "export type { Plugin as Own } from 'vite';\nexport { readFile } from 'node:fs';",
  });
  expect(report).toContain('export { Own } of another package\nexport { readFile } of another package\n');
});
