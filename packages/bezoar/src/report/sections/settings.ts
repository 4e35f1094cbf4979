import type { ChatModelChoice } from '../../recipe/recipe.ts';
import type { RunSummary } from '../../run/run-summary.ts';
import { html, type Html } from '../html.ts';

/** Everything that was set, so that a report explains itself; and what the run warned about. */
export function settings({ recipe, stages }: RunSummary): Html {
  const { name, seed, base, adapter, weights, backend, lora, template, training, models } = recipe;
  const general = flatten({
    ...{ name, seed, base, adapter, weights, backend, lora, template, training },
    models: Object.fromEntries(Object.entries(models).map(([key, model]) => [key, withoutQuery(model)])),
  });
  const warnings = stages.flatMap(({ id, history }) => history.warnings.map((message) => ({ id, message })));
  return html`<section aria-labelledby="settings">
    <h2 id="settings">Settings</h2>
    ${
      warnings.length === 0
        ? ''
        : html`<ul class="warnings">
            ${warnings.map(({ id, message }) => html`<li><b>${id}</b>: ${message}</li>`)}
          </ul>`
    }
    <details open>
      <summary>Recipe</summary>
      ${table(general)}
    </details>
    ${stages.map(
      ({ id, stage }) =>
        html`<details>
          <summary>${id}</summary>
          ${table(flatten(stage))}
        </details>`,
    )}
  </section>`;
}

/** Reports are shown around, and some servers take their key in the address. */
function withoutQuery(model: ChatModelChoice): ChatModelChoice {
  return model.baseURL === undefined ? model : { ...model, baseURL: model.baseURL.replace(/\?.*$/, '') };
}

function table(rows: readonly (readonly [string, string])[]): Html {
  return html`<div class="scroll">
    <table class="settings">
      ${rows.map(
        ([key, value]) =>
          html`<tr>
            <th scope="row">${key}</th>
            <td>${value}</td>
          </tr>`,
      )}
    </table>
  </div>`;
}

/** Nested settings as dotted names; lists of plain values in one line. */
function flatten(value: unknown, prefix = ''): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null)
    return [[prefix, JSON.stringify(value).replace(/^"|"$/g, '')]];
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object'))
    return [[prefix, value.join(', ')]];
  return Object.entries(value).flatMap(([key, each]) =>
    flatten(each, prefix === '' ? key : `${prefix}.${key}`),
  );
}
