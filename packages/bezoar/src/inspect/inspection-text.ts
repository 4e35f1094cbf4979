import type { Tokenizer } from '@bezoar/model';
import { textTable } from '../cli/text-table.ts';
import { formatNumber, formatShare } from '../report/format-number.ts';
import { suspicionTexts, type Suspicion } from './find-suspicions.ts';
import type { DataInspection } from './inspect-data.ts';
import { inspectTokens, type InspectedRow } from './inspect-row.ts';
import { showTokens } from './show-tokens.ts';

export interface InspectionTextOptions {
  readonly tokenizer: Tokenizer;
  /** The rows to show. */
  readonly shown: readonly InspectedRow[];
  readonly colors: boolean;
}

/** The shown rows with their masks, the figures of all rows, and what looks wrong. */
export function inspectionText(
  inspection: DataInspection,
  { tokenizer, shown, colors }: InspectionTextOptions,
): string {
  const rows = shown.map(
    (row) =>
      `${headOf(row, inspection)}\n${showTokens(inspectTokens(row.kept, tokenizer), colors)}\n${cutOf(row)}\n`,
  );
  return `${legend(colors)}\n\n${rows.join('')}${figures(inspection)}${warnings(inspection)}`;
}

function legend(colors: boolean): string {
  const sample = [
    { id: 0, text: 'read', target: false, special: false },
    { id: 0, text: ' ', target: false, special: false },
    { id: 0, text: 'learnt', target: true, special: false },
    { id: 0, text: ' ', target: false, special: false },
    { id: 0, text: 'special token', target: false, special: true },
  ];
  return showTokens(sample, colors);
}

function headOf({ row, kept, suspicions }: InspectedRow, { rows }: DataInspection): string {
  const marks = suspicions.map((each) => ` · ! ${each}`).join('');
  return `row ${row} of ${rows.length} · ${kept.tokens.length} tokens, ${kept.targetCount} targets${marks}`;
}

function cutOf({ cut }: InspectedRow): string {
  return cut.tokens === 0 ? '' : `✂ ${cut.tokens} tokens cut, ${cut.targets} of them targets\n`;
}

function figures(inspection: DataInspection): string {
  const { rows, tokens, targets, truncated, lengths, packs, maxLength } = inspection;
  const share = tokens === 0 ? 0 : targets / tokens;
  const { p50, p90, p99, max } = lengths;
  return textTable([
    ['all rows', ''],
    ['rows', formatNumber(rows.length)],
    ['tokens', formatNumber(tokens)],
    ['targets', `${formatNumber(targets)} (${formatShare(share)})`],
    ['length', `median ${p50}, 90 % ${p90}, 99 % ${p99}, longest ${max}`],
    ['truncated', `${formatNumber(truncated)}, to ${formatNumber(maxLength)} tokens`],
    [
      'packs',
      packs === undefined
        ? 'none: an example does not fit, or none is left'
        : `${packs.count} of ${packs.length} tokens, ${formatShare(packs.fill)} full`,
    ],
  ]);
}

function warnings({ suspicions, rows }: DataInspection): string {
  const lines = Object.entries(suspicions).map(
    ([name, count]) => `! ${name}: ${count} of ${rows.length} rows: ${suspicionTexts[name as Suspicion]}\n`,
  );
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}
