import type { StageSummary } from '../../run/run-summary.ts';
import type { AnswerSample } from '../../stages/eval-scores.ts';
import { html, type Html } from '../html.ts';

const shown = 8;

/** What the first and the last evaluated model answered to the same prompts. */
export function samples(stages: readonly StageSummary[]): Html {
  const scored = stages.filter(({ scores }) => (scores?.samples.length ?? 0) > 0);
  const scores = scored.at(-1)?.scores;
  if (scores === undefined) return html``;
  const names = Object.keys(scores.models);
  const [before, after] = [names[0]!, names.at(-1)!];
  return html`<section aria-labelledby="samples">
    <h2 id="samples">Before and after</h2>
    <div class="samples">${scores.samples.slice(0, shown).map((sample) => card(sample, before, after))}</div>
  </section>`;
}

function card({ task, prompt, target, answers }: AnswerSample, before: string, after: string): Html {
  const answer = (model: string): Html => {
    const given = answers[model];
    if (given === undefined) return html``;
    return html`<div class="${given.score > 0 ? 'answer right' : 'answer wrong'}">
      <span class="who">${model}<span class="hidden">, ${given.score > 0 ? 'right' : 'wrong'}</span></span>
      <p>${given.text.trim() === '' ? '(nothing)' : clip(given.text.trim())}</p>
    </div>`;
  };
  return html`<article class="card">
    <p class="prompt">${clip(prompt)}</p>
    ${answer(before)}${before === after ? '' : answer(after)}
    <p class="target">${task} · expected: ${clip(target)}</p>
  </article>`;
}

function clip(text: string): string {
  return text.length <= 400 ? text : `${text.slice(0, 400)}…`;
}
