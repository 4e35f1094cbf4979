import type { Funnel } from '@bezoar/core';
import { stageInputs } from '../../run/stage-inputs.ts';
import type { StageSummary } from '../../run/run-summary.ts';
import { formatNumber, formatShare } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import type { PageSection } from '../render-page.ts';

interface Counted {
  readonly id: string;
  readonly kind: string;
  readonly funnel: Funnel;
}

/** What came in, what was kept, and why the rest was not: stages that hand rows on to one another together. */
export function funnels(stages: readonly StageSummary[]): PageSection | undefined {
  const chains = chainsOf(stages);
  if (chains.length === 0) return undefined;
  return { id: 'data', title: 'Data', content: html`<div class="cards">${chains.map(card)}</div>` };
}

/** Stages by the one that their rows come from first. */
function chainsOf(stages: readonly StageSummary[]): Counted[][] {
  const roots = new Map<string, string>();
  const chains = new Map<string, Counted[]>();
  for (const { id, stage, history } of stages) {
    if (history.funnel === undefined) continue;
    const [parent] = stageInputs(stage).rows;
    const root = (parent === undefined ? undefined : roots.get(parent)) ?? id;
    roots.set(id, root);
    chains.set(root, [...(chains.get(root) ?? []), { id, kind: stage.kind, funnel: history.funnel }]);
  }
  return [...chains.values()];
}

function card(chain: readonly Counted[]): Html {
  const most = Math.max(...chain.map(({ funnel }) => funnel.input), 1);
  const [first, last] = [chain[0]!, chain.at(-1)!];
  return html`<article class="card">
    <h3>
      ${chain.map(({ id }, index) => html`${index > 0 && html` <span aria-hidden="true">→</span> `}${id}`)}
    </h3>
    <p class="figures">
      <b>${formatNumber(last.funnel.kept)}</b> of ${formatNumber(first.funnel.input)}
      kept${first.funnel.input > 0 && ` (${formatShare(last.funnel.kept / first.funnel.input)})`}
    </p>
    <table class="funnel">
      <caption class="hidden">
        Rows of ${chain.map(({ id }) => id).join(', ')}
      </caption>
      ${chain.map((each) => stageRows(each, most))}
    </table>
  </article>`;
}

function stageRows({ id, kind, funnel: { input, kept, dropped } }: Counted, most: number): Html {
  const rows: [string, string, number][] = [
    ['in', 'input', input],
    ...Object.entries(dropped).map(([reason, count]): [string, string, number] => [reason, 'dropped', count]),
    ['kept', 'kept', kept],
  ];
  return html`<tbody>
    <tr>
      <th scope="rowgroup" colspan="3" class="stage">${id} <small>${kind}</small></th>
    </tr>
    ${rows.map(
      ([name, look, count]) =>
        html`<tr class="${look}">
          <th scope="row">${name}</th>
          <td class="bar"><i style="width:${((100 * count) / most).toFixed(2)}%"></i></td>
          <td>
            ${formatNumber(count)}${look !== 'input' && input > 0 && html` <small>${formatShare(count / input)}</small>`}
          </td>
        </tr>`,
    )}
  </tbody>`;
}
