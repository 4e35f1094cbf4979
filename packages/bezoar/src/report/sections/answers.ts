import type { StageSummary } from '../../run/run-summary.ts';
import type { AnswerSample, EvalScores } from '../../stages/eval-scores.ts';
import { foldedText } from '../folded-text.ts';
import { html, type Html } from '../html.ts';
import type { PageSection } from '../render-page.ts';

const perTask = 4;
const most = 16;

/** What the first and the last evaluated model answered to the same prompts, and the models between them, folded. */
export function answers(stages: readonly StageSummary[]): PageSection | undefined {
  const scored = stages.flatMap(({ id, scores }) =>
    scores === undefined || scores.samples.length === 0 ? [] : [{ id, scores }],
  );
  if (scored.length === 0) return undefined;
  return {
    id: 'answers',
    title: 'Answers',
    content: html`${scored.map(({ id, scores }) => stageAnswers(id, scores))}`,
  };
}

function stageAnswers(id: string, { samples }: EvalScores): Html {
  const names = [...new Set(samples.flatMap((sample) => Object.keys(sample.answers)))];
  const [before, after] = [names[0]!, names.at(-1)!];
  const tasks = Map.groupBy(samples, ({ task }) => task);
  const shown = [...tasks.values()].flatMap((each) => pick(each, before, after)).slice(0, most);
  return html`<h3>${id}</h3>
    <p class="figures">
      From the first documents of each task or
      category${before !== after && `: ${before} before, ${after} after; first where the two differ in score`}.
    </p>
    <div class="samples">${shown.map((sample) => card(sample, before, after))}</div>`;
}

/** Gains and losses before what stayed as it was. */
function pick(samples: readonly AnswerSample[], before: string, after: string): AnswerSample[] {
  const changed = ({ answers: given }: AnswerSample): boolean => given[before]?.score !== given[after]?.score;
  return [...samples.filter(changed), ...samples.filter((sample) => !changed(sample))].slice(0, perTask);
}

function card(sample: AnswerSample, before: string, after: string): Html {
  const between = Object.keys(sample.answers).filter((name) => name !== before && name !== after);
  return html`<article class="card">
    <div class="prompt">${foldedText(sample.prompt)}</div>
    ${answer(sample, before)} ${before !== after && answer(sample, after)}
    ${
      between.length > 0 &&
      html`<details class="values">
        <summary>${between.length} between them</summary>
        ${between.map((name) => answer(sample, name))}
      </details>`
    }
    <p class="target">
      ${sample.task}${sample.target !== '' && html` · expected: <bdi>${clip(sample.target)}</bdi>`}
    </p>
  </article>`;
}

function answer({ answers: all, rated }: AnswerSample, model: string): Html {
  const given = all[model];
  if (given === undefined) return html``;
  const { text, score } = given;
  const isRight = score !== null && score > 0;
  const [look, words] =
    rated === true
      ? ['', score === null ? '' : `rated ${score} of 10`]
      : isRight
        ? ['right', '✓ right']
        : ['wrong', '✗ wrong'];
  return html`<div class="answer ${look}">
    <p class="label">${model} <span class="verdict">${words}</span></p>
    ${foldedText(text)}
  </div>`;
}

function clip(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
