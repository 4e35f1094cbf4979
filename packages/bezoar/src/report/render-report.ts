import type { RunSummary } from '../run/run-summary.ts';
import { html } from './html.ts';
import { renderPage } from './render-page.ts';
import { answers } from './sections/answers.ts';
import { costs } from './sections/costs.ts';
import { environment } from './sections/environment.ts';
import { evaluation } from './sections/evaluation.ts';
import { funnels } from './sections/funnels.ts';
import { mtBench } from './sections/mt-bench.ts';
import { overview } from './sections/overview.ts';
import { rows } from './sections/rows.ts';
import { settings } from './sections/settings.ts';
import { training } from './sections/training.ts';
import { withoutPlace } from './without-place.ts';

/** The report as one page that needs nothing else: what came out first, then how, from what, at which cost, and on what. */
export function renderReport(summary: RunSummary): string {
  const { recipe, stages } = summary;
  const sections = [
    overview(summary),
    evaluation(stages),
    mtBench(stages),
    answers(stages),
    training(stages),
    funnels(stages),
    rows(stages),
    costs(summary),
    environment(summary),
    settings(summary),
  ];
  return renderPage({
    title: recipe.name,
    subtitle: html`${recipe.base !== undefined && `${withoutPlace(recipe.base)} · ${recipe.weights} · `}seed
    ${recipe.seed} · ${stages.length === 1 ? '1 stage' : `${stages.length} stages`}`,
    sections: sections.filter((section) => section !== undefined),
    footer: 'Made by Bezoar. Rows, adapters, models and results lie beside this file.',
  });
}
