import type { Funnel } from '@bezoar/core';
import type { StageSummary } from '../../run/run-summary.ts';
import { formatNumber, formatShare } from '../format-number.ts';
import { html, type Html } from '../html.ts';

/** What came in, what was kept, and why the rest was not, for every stage that makes or filters rows. */
export function funnels(stages: readonly StageSummary[]): Html {
  const counted = stages.flatMap(({ id, history }) =>
    history.funnel === undefined ? [] : [{ id, funnel: history.funnel }],
  );
  if (counted.length === 0) return html``;
  return html`<section aria-labelledby="data">
    <h2 id="data">Data</h2>
    <div class="cards">${counted.map(({ id, funnel }) => card(id, funnel))}</div>
  </section>`;
}

function card(id: string, { input, kept, dropped }: Funnel): Html {
  const reasons = Object.entries(dropped);
  const share = (count: number): string => (input === 0 ? '0' : ((100 * count) / input).toFixed(2));
  return html`<article class="card">
    <h3>${id}</h3>
    <p class="big">
      ${formatNumber(kept)}
      <small>of ${formatNumber(input)} kept${input === 0 ? '' : ` (${formatShare(kept / input)})`}</small>
    </p>
    <div class="stack" aria-hidden="true">
      <i class="kept" style="width:${share(kept)}%"></i
      >${reasons.map(([, count], index) => html`<i class="d${Math.min(index + 1, 5)}" style="width:${share(count)}%"></i>`)}
    </div>
    <table class="reasons">
      <caption class="hidden">
        Rows of ${id}
      </caption>
      <tr>
        <th scope="row"><i class="kept"></i>kept</th>
        <td>${formatNumber(kept)}</td>
      </tr>
      ${reasons.map(
        ([reason, count], index) =>
          html`<tr>
            <th scope="row"><i class="d${Math.min(index + 1, 5)}"></i>${reason}</th>
            <td>${formatNumber(count)}</td>
          </tr>`,
      )}
    </table>
  </article>`;
}
