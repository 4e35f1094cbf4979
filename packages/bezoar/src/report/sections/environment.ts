import type { StageEnvironment } from '../../run/stage-environment.ts';
import type { RunSummary, StageSummary } from '../../run/run-summary.ts';
import { factTable } from '../fact-table.ts';
import { formatDate, formatSeconds } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import { numberTable } from '../number-table.ts';
import type { PageSection } from '../render-page.ts';
import { withoutPlace } from '../without-place.ts';

/** On what every stage ran, when, for how long, and from which inputs: what it takes to say that another run is the same. */
export function environment({ recipe, stages, started, finished }: RunSummary): PageSection {
  const known = stages.filter((stage) => stage.environment !== undefined);
  const groups = [
    ...Map.groupBy(known, (stage) => JSON.stringify(withoutBackend(stage.environment!))).values(),
  ];
  const facts: [string, string][] = [
    ['seed', String(recipe.seed)],
    ...(started === undefined ? [] : [['started', formatDate(started)] as [string, string]]),
    ...(finished === undefined ? [] : [['finished', formatDate(finished)] as [string, string]]),
  ];
  const inputs = new Map(stages.flatMap(({ inputPrints }) => Object.entries(inputPrints)));
  return {
    id: 'environment',
    title: 'Environment',
    content: html`${titled('The run', facts)}
    ${groups.map((group) =>
      titled(
        groups.length === 1 ? 'Machine' : `Machine of ${group.map(({ id }) => id).join(', ')}`,
        machineFacts(group[0]!.environment!),
      ),
    )}
    ${stageTable(stages)} ${inputs.size > 0 && inputTable([...inputs])}`,
  };
}

function withoutBackend({ backend: _, ...rest }: StageEnvironment): Omit<StageEnvironment, 'backend'> {
  return rest;
}

function machineFacts(found: StageEnvironment): [string, string][] {
  const { bezoar, node, os, cpu, cores, memory, git } = found;
  return [
    ['Bezoar', bezoar],
    ['Node', node],
    ['system', os],
    ['processor', `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}`],
    ['memory', `${(memory / 2 ** 30).toFixed(1)} GiB`],
    ...(git === undefined
      ? []
      : [['git', `${git.commit}${git.changed ? ', with changes' : ''}`] as [string, string]]),
  ];
}

function titled(title: string, facts: readonly (readonly [string, string])[]): Html {
  return html`<h3>${title}</h3>
    ${factTable(title, facts)}`;
}

function stageTable(stages: readonly StageSummary[]): Html {
  return html`<h3>Stages</h3>
    ${numberTable({
      label: 'When and on what stages ran',
      columns: ['stage', 'finished', 'time', 'computed on', 'print'],
      rows: stages.map(
        ({ id, history, finished, environment: own, print }) =>
          html`<tr>
            <th scope="row">${id}</th>
            <td>${finished === undefined ? '–' : formatDate(finished)}</td>
            <td>${formatSeconds(history.seconds)}</td>
            <td>${own?.backend ?? '–'}</td>
            <td><code>${print.slice(0, 12)}</code></td>
          </tr>`,
      ),
    })}`;
}

function inputTable(inputs: readonly (readonly [string, string])[]): Html {
  return html`<h3>Inputs</h3>
    <p class="figures">
      SHA-256 of a file; of a folder over the names and contents of its files. What is above 64 MiB goes in by
      its size and samples. On the Hub, the commit.
    </p>
    <div class="scroll" tabindex="0" role="group" aria-label="Inputs and their hashes">
      <table class="settings">
        ${inputs.map(
          ([name, print]) =>
            html`<tr>
              <th scope="row">${withoutPlace(name)}</th>
              <td><code>${print}</code></td>
            </tr>`,
        )}
      </table>
    </div>`;
}
