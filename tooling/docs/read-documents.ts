import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readPackages, root } from '../workspace/read-packages.ts';

export interface MarkdownDocument {
  /** Absolute path: imports and links resolve from its folder. */
  readonly path: string;
  readonly markdown: string;
}

/** What is written for people: README and CONTRIBUTING, the packages' READMEs, and all of docs/ but the generated reference. */
export function readDocuments(): readonly MarkdownDocument[] {
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.md') && !name.startsWith('api/'))
    .sort();
  return [
    'README.md',
    'CONTRIBUTING.md',
    ...readPackages().map(({ folder }) => `${folder}/README.md`),
    ...pages.map((name) => `docs/${name}`),
  ]
    .map((name) => join(root, name))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, markdown: readFileSync(path, 'utf8') }));
}
