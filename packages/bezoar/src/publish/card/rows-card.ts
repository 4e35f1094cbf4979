import type { DatasetSource } from '../../recipe/recipe.ts';
import { withField, withLicense } from '../card-license.ts';
import { hubLink } from './hub-link.ts';
import { licenseNotes } from './license-notes.ts';

export interface RowsCardOptions {
  /** As the stage wrote it beside its rows. */
  readonly card: string;
  /** `org/name` */
  readonly name: string;
  readonly license: string;
  /** A paragraph in Markdown. */
  readonly description: string | undefined;
  /** What the rows were made from. */
  readonly sources: readonly DatasetSource[];
  /** Models of the same release that learnt from the rows. */
  readonly models: readonly string[];
}

/** The card of a stage's rows under the name of their repository, with how to load them and what was trained on them. */
export function renderRowsCard(options: RowsCardOptions): string {
  const { name, license, description, sources, models } = options;
  const short = name.split('/').at(-1)!;
  const titled = withField(withLicense(options.card, license), 'pretty_name', short).replace(
    /^# .*$/m,
    () => `# ${name}${description === undefined ? '' : `\n\n${description.trim()}`}`,
  );
  const notes = licenseNotes({
    license,
    sources: sources.map((source) => ({ ...source, name: source.hubId ?? source.name })),
    what: 'data set',
  });
  const sections = [
    titled.trimEnd(),
    ...notes,
    '## Use',
    [
      '```python',
      'from datasets import load_dataset',
      '',
      `rows = load_dataset("${name}", split="train")`,
      '```',
    ].join('\n'),
    `In a recipe of Bezoar: \`rows: hub:${name}\`.`,
    ...(models.length === 0
      ? []
      : ['## Models trained on it', models.map((model) => `- ${hubLink(model)}`).join('\n')]),
  ];
  return `${sections.join('\n\n')}\n`;
}
