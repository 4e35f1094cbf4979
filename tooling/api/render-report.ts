import type { PackageApi } from './read-api.ts';

/** The report of a package's public surface, as it is committed: for the eyes of whoever reviews a change of it. */
export function renderReport({ name, entries, hidden }: PackageApi): string {
  const block = (declarations: readonly string[]): string => ['```ts', ...declarations, '```', ''].join('\n');
  const parts = entries.map(({ specifier, exported }) => `## ${specifier}\n\n${block(exported)}`);
  if (hidden.length > 0) parts.push(`## Not exported, but part of the types above\n\n${block(hidden)}`);
  return [
    `# The public surface of ${name}`,
    '',
    'Written by `pnpm api:update` from the built declarations.',
    '',
    ...parts,
  ].join('\n');
}
