import type { RunSummary } from '../run/run-summary.ts';
import { html } from './html.ts';
import { evaluation } from './sections/evaluation.ts';
import { funnels } from './sections/funnels.ts';
import { overview } from './sections/overview.ts';
import { samples } from './sections/samples.ts';
import { settings } from './sections/settings.ts';
import { training } from './sections/training.ts';
import { style } from './style.ts';

/** The report as one page that needs nothing else: no script, no font, no image from outside. */
export function renderReport(summary: RunSummary): string {
  const { recipe, stages } = summary;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${recipe.name} · Bezoar</title>
        <style>
          ${{ markup: style }}
        </style>
      </head>
      <body>
        <header>
          <h1>${recipe.name}</h1>
          <p>
            ${recipe.base === undefined ? '' : `${recipe.base} · ${recipe.weights} · `}seed ${recipe.seed} ·
            ${stages.length === 1 ? '1 stage' : `${stages.length} stages`}
          </p>
        </header>
        <main>
          ${overview(summary)} ${evaluation(stages)} ${samples(stages)} ${training(stages)} ${funnels(stages)}
          ${settings(summary)}
        </main>
        <footer>Made by Bezoar. Rows, adapters, models and results lie beside this file.</footer>
      </body>
    </html> `;
  return page.markup;
}
