import type { RunSummary } from '../../run/run-summary.ts';
import { factTable } from '../fact-table.ts';
import { html } from '../html.ts';
import type { PageSection } from '../render-page.ts';
import { withoutPlace } from '../without-place.ts';

/** Everything that was set, so that a report explains itself. */
export function settings({ recipe, stages }: RunSummary): PageSection {
  const { name, seed, base, adapter, weights, backend, lora, template, training, models, budget } = recipe;
  const general = flatten({
    ...{ name, seed, base, adapter, weights, backend, lora, template, training, budget, models },
  });
  return {
    id: 'settings',
    title: 'Settings',
    content: html`<details class="fold">
        <summary>Recipe</summary>
        ${factTable('Settings of Recipe', general)}
      </details>
      ${stages.map(
        ({ id, stage }) =>
          html`<details class="fold">
            <summary>${id} <small>${stage.kind}</small></summary>
            ${factTable(`Settings of ${id}`, flatten(stage))}
          </details>`,
      )}`,
  };
}

/** Nested settings as dotted names; lists of plain values in one line. */
function flatten(value: unknown, prefix = ''): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [[prefix, show(value)]];
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object'))
    return [[prefix, value.map(show).join(', ')]];
  return Object.entries(value).flatMap(([key, each]) =>
    flatten(each, prefix === '' ? key : `${prefix}.${key}`),
  );
}

function show(value: unknown): string {
  return typeof value === 'string' ? withoutPlace(value) : JSON.stringify(value);
}
