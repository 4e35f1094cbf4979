import { judgmentSchema, type DroppedRow, type InstructionRow, type Judgment } from '@bezoar/core';
import type { StageSummary } from '../../run/run-summary.ts';
import type { RatingCount, RowSamples } from '../../run/row-samples.ts';
import { describeAgreement } from '../../stages/describe-agreement.ts';
import { formatNumber } from '../format-number.ts';
import { foldedText } from '../folded-text.ts';
import { html, type Html } from '../html.ts';
import type { PageSection } from '../render-page.ts';

/** A few rows of every stage that makes or filters them: what was kept, and what was dropped for which reason. */
export function rows(stages: readonly StageSummary[]): PageSection | undefined {
  const shown = stages.flatMap(({ id, history: { funnel }, rows: samples }) =>
    samples === undefined || funnel === undefined ? [] : [{ id, samples, dropped: funnel.dropped }],
  );
  if (shown.length === 0) return undefined;
  return {
    id: 'rows',
    title: 'Rows',
    content: html`<p class="figures">
        Spread evenly over each stage's rows. <code>bezoar trace ID</code> shows everything that a row came
        through.
      </p>
      ${shown.map(
        ({ id, samples, dropped }) =>
          html`<details class="fold">
            <summary>${id} <small>${describe(samples)}</small></summary>
            ${ratings(id, samples)}
            ${samples.agreement.map((each) => html`<p class="figures">${describeAgreement(each)}</p>`)}
            ${
              samples.kept.length > 0 &&
              html`<h3>Kept</h3>
                <div class="rows">${samples.kept.map((row) => keptRow(row))}</div>`
            }
            ${Object.entries(samples.dropped).map(
              ([reason, those]) =>
                html`<h3>Dropped: ${reason} <small>${formatNumber(dropped[reason] ?? 0)} rows</small></h3>
                  <div class="rows">${those.map((row) => droppedRow(row))}</div>`,
            )}
          </details>`,
      )}`,
  };
}

function describe({ kept, dropped }: RowSamples): string {
  const reasons = Object.keys(dropped).length;
  const why = reasons > 1 ? ` for ${reasons} reasons` : '';
  return [
    `${kept.length} kept`,
    ...(reasons === 0 ? [] : [`${Object.values(dropped).flat().length} dropped${why}`]),
  ].join(', ');
}

/** How often a judge has given each rating. */
function ratings(id: string, { ratings: byJudge }: RowSamples): Html {
  return html`${Object.entries(byJudge).map(([judge, counts]) => {
    const order = Object.entries(counts).sort(([a], [b]) => Number(b) - Number(a) || a.localeCompare(b));
    const most = Math.max(...order.map(([, { kept, dropped }]) => kept + dropped));
    return html`<h3>Ratings by ${judge}</h3>
      <table class="funnel narrow">
        <caption class="hidden">
          Ratings by ${judge}, rows of ${id}
        </caption>
        <tbody>
          ${order.map(
            ([rating, count]) =>
              html`<tr>
                <th scope="row">${rating}</th>
                <td class="bar">${bars(count, most)}</td>
                <td>
                  ${formatNumber(count.kept)}
                  kept${count.dropped > 0 && `, ${formatNumber(count.dropped)} dropped`}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>`;
  })}`;
}

function bars({ kept, dropped }: RatingCount, most: number): Html {
  const part = (count: number, look: string): Html =>
    html`<i class="${look}" style="width:${((100 * count) / most).toFixed(2)}%"></i>`;
  return html`${part(kept, 'kept')}${part(dropped, 'dropped')}`;
}

function keptRow({ id, system, instruction, response, source, judgments }: InstructionRow): Html {
  return html`<article class="card row">
    ${
      system !== undefined &&
      html`<p class="label">system</p>
        ${foldedText(system)}`
    }
    <p class="label">instruction</p>
    ${foldedText(instruction)}
    <p class="label">response</p>
    ${foldedText(response)} ${verdicts(judgments)}
    <p class="target"><code>${id}</code> · ${source}</p>
  </article>`;
}

/** Any value may stand where a row was: what is not a row of text is shown as JSON. */
function droppedRow({ id, reason, detail, row }: DroppedRow): Html {
  const fields = typeof row === 'object' && row !== null ? (row as Readonly<Record<string, unknown>>) : {};
  const text = (name: string): string | undefined =>
    typeof fields[name] === 'string' ? fields[name] : undefined;
  const [instruction, response] = [text('instruction'), text('response')];
  const source = text('source');
  return html`<article class="card row dropped">
    ${
      instruction === undefined
        ? foldedText(JSON.stringify(row ?? null))
        : html`<p class="label">instruction</p>
            ${foldedText(instruction)}`
    }
    ${
      response !== undefined &&
      html`<p class="label">response</p>
        ${foldedText(response)}`
    }
    <p class="verdict reject"><b>${reason}</b>${detail !== undefined && html`: <bdi>${detail}</bdi>`}</p>
    ${verdicts(judgmentsOf(fields['judgments']))}
    <p class="target"><code>${id}</code>${source !== undefined && ` · ${source}`}</p>
  </article>`;
}

function judgmentsOf(value: unknown): readonly Judgment[] | undefined {
  const parsed = judgmentSchema.array().safeParse(value);
  return parsed.data;
}

function verdicts(judgments: readonly Judgment[] = []): Html {
  return html`${judgments.map(
    ({ judge, status, rating, reason }) =>
      html`<p class="verdict ${status}">
        <b>${judge}: ${rating ?? 'no rating'}</b>, ${status} <bdi>${reason}</bdi>
      </p>`,
  )}`;
}
