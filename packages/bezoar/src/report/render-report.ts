import type { RunSummary } from '../run/run-summary.ts';
import { html } from './html.ts';
import { evaluation } from './sections/evaluation.ts';
import { funnels } from './sections/funnels.ts';
import { overview } from './sections/overview.ts';
import { samples } from './sections/samples.ts';
import { settings } from './sections/settings.ts';
import { training } from './sections/training.ts';
import { renderPage } from './render-page.ts';

/** The report as one page that needs nothing else: no script, no font, no image from outside. */
export function renderReport(summary: RunSummary): string {
  const { recipe, stages } = summary;
  return renderPage({
    title: recipe.name,
    subtitle: html`${recipe.base === undefined ? '' : `${recipe.base} · ${recipe.weights} · `}seed
    ${recipe.seed} · ${stages.length === 1 ? '1 stage' : `${stages.length} stages`}`,
    main: html`${overview(summary)} ${evaluation(stages)} ${samples(stages)} ${training(stages)}
    ${funnels(stages)} ${settings(summary)}`,
    footer: 'Made by Bezoar. Rows, adapters, models and results lie beside this file.',
  });
}
