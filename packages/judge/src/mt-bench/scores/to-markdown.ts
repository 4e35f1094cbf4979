import type { HumanAgreement, TurnAgreement } from './human-agreement.ts';
import type { ModelScores } from './model-scores.ts';
import type { PairReport } from './pair-report.ts';
import type { ScoreCell } from './score-cell.ts';
import type { SingleReport } from './single-report.ts';

/** What a table says beside the scores, one line each: judge, prompts, references. */
export interface ReportNotes {
  readonly title: string;
  readonly notes: readonly string[];
}

/** A report as Markdown: scores by category and turn with intervals, and what is missing. */
export function toMarkdown(report: SingleReport | PairReport, { title, notes }: ReportNotes): string {
  const percent = report.kind === 'pairwise';
  const blocks = [
    `# ${title}`,
    notes.map((note) => `- ${note}`).join('\n'),
    scoreTable(report.models, percent),
    turnTable(report.models, percent),
    ...(report.kind === 'pairwise' ? [gamesTable(report), positionText(report)] : []),
    missingText(report.models, percent),
    ...(report.repeats === 0
      ? []
      : [`${report.repeats} lines said again what others had said; each verdict counts once.`]),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** Models as columns, categories as rows. */
function scoreTable(models: readonly ModelScores[], percent: boolean): string {
  const categories = [...new Set(models.flatMap((each) => Object.keys(each.categories)))];
  return table([
    ['', ...models.map(({ model }) => model)],
    ...categories.map((category) => [
      category,
      ...models.map((each) => cellText(each.categories[category], percent)),
    ]),
    ['first turn', ...models.map(({ turns }) => cellText(turns[0], percent))],
    ['second turn', ...models.map(({ turns }) => cellText(turns[1], percent))],
    ['**average**', ...models.map(({ average }) => cellText(average, percent))],
  ]);
}

/** Both turns of every category, without intervals. */
function turnTable(models: readonly ModelScores[], percent: boolean): string {
  const categories = [...new Set(models.flatMap((each) => Object.keys(each.categories)))];
  return table([
    ['first · second turn', ...models.map(({ model }) => model)],
    ...categories.map((category) => [
      category,
      ...models.map(({ categories: { [category]: cell } }) =>
        (cell?.turns ?? []).map(({ score }) => scoreText(score, percent)).join(' · '),
      ),
    ]),
  ]);
}

function gamesTable({ table: rows }: PairReport): string {
  return table([
    ['model', 'win', 'loss', 'tie', 'win rate', 'loss rate', 'adjusted'],
    ...rows.map(({ model, win, loss, tie, winRate, lossRate, winRateAdjusted }) => [
      model,
      ...[win, loss, tie].map(String),
      ...[winRate, lossRate, winRateAdjusted].map((rate) => scoreText(rate, true)),
    ]),
  ]);
}

function positionText({ position }: PairReport): string {
  const { judged, consistencyRate, forFirst, forSecond, halfTies, firstWinRate, pValue } = position;
  if (judged === 0) return '';
  const verdict = pValue < 0.05 ? 'The judge leans to a side' : 'No leaning to a side is shown';
  return [
    `Of ${judged} comparisons in both orders ${scoreText(consistencyRate, true)} had the same verdict twice;`,
    `${forFirst} went to the answer shown first both times, ${forSecond} to the one shown second, ${halfTies} to a winner and a tie.`,
    `The answer shown first won ${scoreText(firstWinRate, true)} of the games with a winner. ${verdict} (sign test, p = ${pValue.toPrecision(2)}).`,
  ].join(' ');
}

/** How many verdicts are missing, why, and what they could change. */
function missingText(models: readonly ModelScores[], percent: boolean): string {
  const lacking = models.filter(({ average }) => average.missing > 0);
  if (lacking.length === 0) return 'No verdict is missing.';
  return [
    'Verdicts are missing. The scores above are means over the others; the last column is what they would be if every missing one were the worst, or the best.',
    table([
      ['model', 'missing', 'why', 'between'],
      ...lacking.map(({ model, average: { missing, judged, bounds }, missing: reasons }) => [
        model,
        `${missing} of ${missing + judged}`,
        Object.entries(reasons)
          .map(([reason, count]) => `${reason} ${count}`)
          .join(', '),
        bounds.map((bound) => scoreText(bound, percent)).join(' and '),
      ]),
    ]),
  ].join('\n\n');
}

/** Agreement with human votes as a table. */
export function agreementToMarkdown({ turns, all }: HumanAgreement): string {
  const row = (name: string, { withTies, withoutTies, amongHumans, alpha }: TurnAgreement): string[] => [
    name,
    ...[withTies, withoutTies].flatMap(({ items, raw, kappa }) => [
      `${items}`,
      scoreText(raw, true),
      scoreText(kappa, false),
    ]),
    scoreText(alpha, false),
    `${scoreText(amongHumans.raw, true)} of ${amongHumans.items}`,
  ];
  return `${table([
    ['', 'votes', 'agree', 'κ', 'votes without ties', 'agree', 'κ', 'α', 'people agree'],
    row('first turn', turns[0]),
    row('second turn', turns[1]),
    row('both', all),
  ])}\n`;
}

function cellText(cell: ScoreCell | undefined, percent: boolean): string {
  if (cell === undefined || cell.judged === 0) return '–';
  const [low, high] = cell.interval.map((end) => scoreText(end, percent));
  const interval = Number.isNaN(cell.interval[0]) ? '' : ` [${low}, ${high}]`;
  return `${scoreText(cell.score, percent)}${interval}${cell.missing === 0 ? '' : ` (${cell.missing} missing)`}`;
}

function scoreText(value: number, percent: boolean): string {
  if (Number.isNaN(value)) return '–';
  return percent ? `${(100 * value).toFixed(1)} %` : value.toFixed(2);
}

function table([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head!), `|${' --- |'.repeat(head!.length)}`, ...rows.map(line)].join('\n');
}
