import type { ScoreDifference } from '../stages/eval-scores.ts';
import { formatNumber, formatShort } from './format-number.ts';
import { html, type Html } from './html.ts';

/** A difference with its interval and what it means, in words: colour alone tells nothing to those who do not see it. */
export function differenceText(
  found: ScoreDifference | undefined,
  { named = false }: { /** Says from which model. */ readonly named?: boolean } = {},
): Html {
  if (found === undefined) return html`–`;
  const { baseline, difference, interval, isBetter, pValue } = found;
  const isClear = pValue < 0.05;
  const verdict = isClear ? (isBetter ? '▲ better' : '▼ worse') : '≈ not distinguishable';
  const look = isClear ? (isBetter ? 'met' : 'missed') : 'soft';
  return html`${signed(difference)} <span class="${look}"><b>${verdict}</b></span
    >${named && html`<br /><small>against ${baseline}</small>`}<br /><small
      >[${signed(interval[0], formatShort)}, ${signed(interval[1], formatShort)}]
      ${pValue < 0.001 ? 'p < 0.001' : `p = ${formatNumber(Number(pValue.toPrecision(2)))}`}</small
    >`;
}

export function signed(value: number, format: (value: number) => string = formatNumber): string {
  if (value === 0) return '0';
  return `${value < 0 ? '−' : '+'}${format(Math.abs(Number(value.toPrecision(6))))}`;
}
