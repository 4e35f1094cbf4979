import { fromReleaseColumns } from './release-columns.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * A row of the published OpenBezoar data sets under this project's names; every other row as it is. Their verdict columns
 * (`gpt4_status`, …) become `judgments`; of Orca `system_message`, `inputs`, `explained_targets` and `targets` become `system`,
 * `instruction`, `response` and `reference`; of Evol-Instruct strategy and operation become the `source`.
 */
export function fromReleaseRow(row: Row): Row {
  const judgments = row['judgments'] === undefined ? fromReleaseColumns(row) : [];
  const judged = judgments.length === 0 ? {} : { judgments };
  if (typeof row['explained_targets'] === 'string') return { ...row, ...judged, ...orcaFields(row) };
  if (typeof row['evolution_strategy'] === 'string') return { ...row, ...judged, source: evolSource(row) };
  return judgments.length === 0 ? row : { ...row, ...judged };
}

function orcaFields(row: Row): Row {
  const { system_message: system, inputs, explained_targets: response, targets } = row;
  const { task_source: collection, task_name: category } = row;
  return {
    instruction: inputs,
    response,
    source: typeof collection === 'string' ? `orca/${collection.toLowerCase()}` : 'orca',
    ...(typeof system === 'string' && system !== '' ? { system } : {}),
    ...(typeof targets === 'string' ? { reference: targets } : {}),
    ...(typeof category === 'string' ? { category } : {}),
  };
}

function evolSource(row: Row): string {
  const { evolution_strategy: strategy, 'in-depth-evolving_operation': operation } = row;
  return `evol/${typeof operation === 'string' && operation !== '' ? operation : String(strategy)}`;
}
