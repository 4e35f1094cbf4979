import type { Phase, Report, Usage } from '../shared/protocol.ts';
import { createAnswerBoard } from './answer-board.ts';
import { createChart } from './create-chart.ts';
import { formatNumber } from './curve-numbers.ts';
import { byId } from './element.ts';
import { createFactList } from './fact-list.ts';
import { megabytes } from './megabytes.ts';

export interface RunView {
  /** Everything empty, for a run of so many steps. */
  begin(run: {
    readonly sftSteps: number;
    readonly dpoSteps: number;
    readonly prompts: readonly string[];
  }): void;
  show(report: Extract<Report, { type: 'backend' | 'model' | 'phase' | 'step' | 'answers' }>): void;
  /** The end, in a sentence; the bar stays where it is when it was not reached. */
  end(message: string, reached: boolean): void;
  fail(message: string): void;
  /** Says something to screen readers only. */
  readonly announce: (message: string) => void;
}

const phases: Readonly<Record<Phase, string>> = {
  backend: 'Looking for something to compute on…',
  model: 'Reading the model, and quantising it to NF4…',
  answers: 'Answering the questions…',
  sft: 'Learning the instructions…',
  dpo: 'Learning the preferences…',
  files: 'Writing files…',
};

/** What comes out of a run while it goes on: status, bar, facts, curves and answers. */
export function createRunView(): RunView {
  const status = byId('status', HTMLElement);
  const progress = byId('progress', HTMLProgressElement);
  const error = byId('run-error', HTMLElement);
  const announcements = byId('announcements', HTMLElement);
  const facts = createFactList(byId('facts', HTMLElement));
  const board = createAnswerBoard(byId('answers', HTMLElement));
  const place = byId('charts', HTMLElement);
  const curves = {
    sft: createChart({ place, title: 'Instruction loss', quantity: 'Loss' }),
    dpo: createChart({ place, title: 'Preference loss', quantity: 'Loss' }),
    margin: createChart({ place, title: 'Reward margin', quantity: 'Margin' }),
  };
  const durations: number[] = [];

  function announce(message: string): void {
    announcements.textContent = message;
  }

  function describeCurves(): void {
    for (const curve of Object.values(curves)) curve.describe();
  }

  function showPhase({ phase, done, total }: Extract<Report, { type: 'phase' }>): void {
    status.textContent = phases[phase];
    if (done === undefined || total === undefined) progress.removeAttribute('value');
    else progress.value = done / total;
    if (done === undefined || done === 0) announce(phases[phase]);
  }

  function showStep({ version, event, usage }: Extract<Report, { type: 'step' }>): void {
    const { step, totalSteps, loss, metrics = {} } = event;
    const what = version === 'sft' ? 'Learning the instructions' : 'Learning the preferences';
    status.textContent = `${what}: step ${step} of ${totalSteps}, loss ${formatNumber(loss)}`;
    progress.value = step / totalSteps;
    curves[version].add(step, loss);
    const { 'rewards/margins': margin, 'rewards/accuracies': accuracy } = metrics;
    if (margin !== undefined) curves.margin.add(step, margin);
    if (accuracy !== undefined) facts.set('Pairs in order', `${Math.round(100 * accuracy)} %`);
    showUsage(usage);
    // Often enough to follow, seldom enough to listen to.
    const quarter = Math.max(1, Math.round(totalSteps / 4));
    if (step === totalSteps || step % quarter === 0)
      announce(`Step ${step} of ${totalSteps}, loss ${formatNumber(loss)}.`);
    if (step === totalSteps) describeCurves();
  }

  function showUsage({ milliseconds, bytes, tensors }: Usage): void {
    durations.push(milliseconds);
    const median = durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)]!;
    facts.set('A step takes', `${Math.round(median)} ms`);
    facts.set('Memory', `${megabytes(bytes)} in ${tensors} tensors`);
  }

  return {
    begin({ sftSteps, dpoSteps, prompts }) {
      durations.length = 0;
      error.hidden = true;
      for (const curve of Object.values(curves)) curve.clear();
      curves.sft.setTotal(sftSteps);
      for (const curve of [curves.dpo, curves.margin]) curve.setTotal(Math.max(1, dpoSteps));
      board.reset(prompts);
    },
    show(report) {
      switch (report.type) {
        case 'backend':
          facts.set('Runs on', report.facts.description, report.facts.reasons);
          break;
        case 'model':
          facts.set('Model in NF4', `${report.facts.parameters.toLocaleString('en')} parameters`);
          facts.set('Adapter', `${report.facts.trained.toLocaleString('en')} parameters`);
          break;
        case 'phase':
          showPhase(report);
          break;
        case 'step':
          showStep(report);
          break;
        case 'answers':
          for (const { prompt, text } of report.answers) board.set(report.version, prompt, text);
          break;
      }
    },
    end(message, reached) {
      if (reached) progress.value = 1;
      else if (!progress.hasAttribute('value')) progress.value = 0;
      describeCurves();
      status.textContent = message;
      announce(message);
    },
    fail(message) {
      error.textContent = message;
      error.hidden = false;
      status.textContent = 'Not done.';
      progress.value = 0;
      describeCurves();
    },
    announce,
  };
}
