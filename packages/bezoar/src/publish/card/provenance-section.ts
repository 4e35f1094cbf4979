import { markdownTable } from '@bezoar/datagen';
import { basename, isAbsolute } from 'node:path';
import { stringify } from 'yaml';
import { inputsOf, type StageRecord } from '../stage-record.ts';
import { hubLink } from './hub-link.ts';
import type { ModelCard } from './model-card.ts';

/** The stages with their hashes, what they read from the Hub at which commit, the software, and all settings. */
export function provenanceSection(card: ModelCard): string[] {
  const { lineage } = card;
  if (lineage.length === 0) return [];
  const rows = lineage.map((record) => [
    record.id,
    record.kind,
    inputsOf(record).map(shown).join(', '),
    `\`${record.fingerprint.slice(0, 16)}\``,
  ]);
  return [
    '## How it was made',
    markdownTable(['stage', 'kind', 'from', 'hash'], rows),
    'A hash is over all settings and inputs of a stage: equal hashes make equal results.',
    ...commits(lineage),
    ...versions(lineage),
    ...settings(lineage),
  ];
}

function commits(lineage: readonly StageRecord[]): string[] {
  const base = lineage.find(({ baseCommit }) => baseCommit !== undefined);
  const sources = new Map(lineage.flatMap(({ sources }) => sources.map((source) => [source.name, source])));
  const lines = [
    ...(base?.base === undefined ? [] : [`- ${hubLink(base.base)} at \`${base.baseCommit!}\``]),
    ...[...sources.values()].map(({ name, url }) => `- ${url === undefined ? name : `[${name}](${url})`}`),
  ];
  return lines.length === 0 ? [] : [`Read from the Hub:\n\n${lines.join('\n')}`];
}

function versions(lineage: readonly StageRecord[]): string[] {
  const known = lineage.flatMap(({ environment }) => environment ?? []);
  if (known.length === 0) return [];
  const of = (name: 'bezoar' | 'node' | 'backend'): string =>
    [...new Set(known.flatMap((environment) => environment[name] ?? []))].join('; ');
  const backend = of('backend');
  const commits = new Set(
    known.flatMap(({ git }) =>
      git === undefined ? [] : `\`${git.commit}\`${git.changed ? ', with changes' : ''}`,
    ),
  );
  return [
    `Made with Bezoar ${of('bezoar')} on Node ${of('node')}${backend === '' ? '' : `, computed on ${backend}`}.`,
    ...(commits.size === 0 ? [] : [`The recipe lay in a repository at ${[...commits].join('; ')}.`]),
  ];
}

function settings(lineage: readonly StageRecord[]): string[] {
  const known = lineage.filter((record) => record.settings !== undefined);
  if (known.length === 0) return [];
  const text = known
    .map(({ id, settings: own, models }) =>
      stringify(
        { [id]: withoutPaths({ ...own, ...(models === undefined ? {} : { models }) }) },
        { lineWidth: 0 },
      ),
    )
    .join('');
  return [`<details>\n<summary>All settings</summary>\n\n\`\`\`yaml\n${text}\`\`\`\n\n</details>`];
}

/** Where files lay on the machine is nobody's business. */
function withoutPaths(value: unknown): unknown {
  if (typeof value === 'string') return shown(value);
  if (Array.isArray(value)) return value.map(withoutPaths);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutPaths(each)]));
}

function shown(name: string): string {
  const [, scheme = '', path = name] = /^(script:)?(.*)$/s.exec(name) ?? [];
  return isAbsolute(path) ? `${scheme}${basename(path)}` : name;
}
