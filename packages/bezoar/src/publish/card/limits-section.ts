import type { ModelCard } from './model-card.ts';
import { isTraining } from './trained-on.ts';

/** What nobody should expect of the model. */
export function limitsSection({ form, base, lineage, evaluations }: ModelCard): string[] {
  const isSynthetic = lineage.some(({ kind }) => ['lamini', 'evol', 'orca'].includes(kind));
  const weights = lineage.findLast(isTraining)?.settings?.['weights'];
  const isQuantised = typeof weights === 'string' && weights.startsWith('nf4');
  const lines = [
    evaluations.models.length === 0
      ? 'It has not been evaluated.'
      : 'The scores hold for these tasks, with these prompts and shots; a difference smaller than two standard errors says little.',
    ...(isSynthetic
      ? ['It was trained on texts that other models wrote, and may repeat their mistakes.']
      : []),
    ...(form === 'adapter' && isQuantised
      ? [`It was trained over the base in ${weights}: over other weights its answers differ a little.`]
      : []),
    `Whatever its base model cannot do or gets wrong${base === undefined ? '' : `, see the card of ${base}`}, is to be expected of it too.`,
    'It has not been tested for safety.',
  ];
  return ['## Limits', lines.map((line) => `- ${line}`).join('\n')];
}
