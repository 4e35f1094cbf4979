/** READMEs and pages of the checkout that lie elsewhere than in docs/ or packages/, and their places on the site. */
const elsewhere: Readonly<Record<string, string>> = {
  'CONTRIBUTING.md': 'contributing.md',
  examples: 'examples/index.md',
  'examples/README.md': 'examples/index.md',
  'examples/own-backend': 'examples/own-backend.md',
  'examples/own-backend/README.md': 'examples/own-backend.md',
  'examples/row-server': 'examples/row-server.md',
  'examples/row-server/README.md': 'examples/row-server.md',
  'examples/playground': 'playground.md',
  'examples/playground/README.md': 'playground.md',
  'recipes/quickstart': 'little-world.md',
  'recipes/quickstart/README.md': 'little-world.md',
};

/**
 * Where a file of the checkout stands on the site (`docs/sft.md` → `sft.md`, a package's folder or README → `packages/qlora.md`), or
 * undefined when it is no page. Paths are relative to the checkout.
 */
export function pagePath(file: string): string | undefined {
  const readme = /^packages\/([^/]+)(?:\/README\.md)?$/.exec(file);
  if (readme) return `packages/${readme[1]!}.md`;
  return elsewhere[file] ?? /^docs\/(?!\.)(.+\.md)$/.exec(file)?.[1];
}
