import { markdownTable } from '@bezoar/datagen';
import { hubLink } from './hub-link.ts';
import { licenseNotes } from './license-notes.ts';
import type { ModelCard } from './model-card.ts';
import { trainedOn } from './trained-on.ts';

/** The licence of the model beside those of what it was made from. */
export function licenseSection(card: ModelCard): string[] {
  const { license, base, together } = card;
  const data = trainedOn(card);
  if (base === undefined && data.length === 0) return [];
  const known = [...together.values()].find(({ name }) => name === base)?.license;
  const rows = [
    ['this model', license],
    ...(base === undefined ? [] : [[hubLink(base), known ?? 'see its card']]),
    ...data.map((each) => [hubLink(each.name, 'dataset'), each.license ?? 'see its card']),
  ];
  const own = data.flatMap(({ name, license: from }) =>
    from === undefined ? [] : [{ name, license: from }],
  );
  return [
    '## Licences',
    markdownTable(['what', 'licence'], rows),
    ...licenseNotes({ license, sources: own, what: 'model' }),
  ];
}
