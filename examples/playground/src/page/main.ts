import type { Report, Request } from '../shared/protocol.ts';
import { defaultPrompts, defaultSettings } from '../shared/defaults.ts';
import type { TrainingJob } from '../shared/training-job.ts';
import { createEditors } from './create-editors.ts';
import { download } from './download.ts';
import { byId } from './element.ts';
import { createModelPicker } from './model-picker.ts';
import { createRunView } from './run-view.ts';
import { createSettingsForm } from './settings-form.ts';

const train = byId('train', HTMLButtonElement);
const stop = byId('stop', HTMLButtonElement);
const question = byId('question', HTMLInputElement);
const askButton = byId('ask-button', HTMLButtonElement);
const saveAdapter = byId('save-adapter', HTMLButtonElement);
const saveModel = byId('save-model', HTMLButtonElement);

const view = createRunView();
const models = createModelPicker(view.announce);
const { pairs, preferences } = createEditors(view.announce);
const settings = createSettingsForm(byId('settings', HTMLElement), defaultSettings);
const worker = new Worker(new URL('../worker.ts', import.meta.url), { type: 'module' });
let hasAdapter = false;

worker.addEventListener('message', ({ data }: MessageEvent<Report>) => {
  take(data);
});
worker.addEventListener('error', ({ message }) => {
  setBusy(false);
  view.fail(`The worker stopped: ${message}`);
});
byId('job', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  begin();
});
stop.addEventListener('click', () => {
  send({ type: 'stop' });
});
byId('ask', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const prompt = question.value.trim();
  if (prompt === '') question.focus();
  else if (!askButton.disabled) work({ type: 'ask', prompt });
});
saveAdapter.addEventListener('click', () => {
  work({ type: 'save-adapter' });
});
saveModel.addEventListener('click', () => {
  work({ type: 'save-model', url: new URL('./model/', document.baseURI).href });
});
settings.onBackend((wish) => {
  hasAdapter = false;
  work({ type: 'open-backend', wish });
});

view.begin({ ...defaultSettings, prompts: defaultPrompts });
showCommand();
work({ type: 'open-backend', wish: settings.backend() });

function begin(): void {
  const job = readJob();
  const model = job === undefined ? undefined : models.source();
  if (job === undefined || model === undefined) return;
  hasAdapter = false;
  view.begin({ ...job.settings, prompts: job.prompts });
  showCommand();
  work({ type: 'train', wish: settings.backend(), model, job });
  stop.focus({ preventScroll: true });
  bringIntoView(byId('run', HTMLElement));
}

/** What the form says; undefined when something is missing, which is marked, said and focused. */
function readJob(): TrainingJob | undefined {
  const { dpoSteps } = settings.settings();
  const marked = [
    pairs.firstInvalid(),
    dpoSteps === 0 ? undefined : preferences.firstInvalid(),
    settings.firstInvalid(),
  ].find((field) => field !== undefined);
  if (marked !== undefined) {
    view.announce('Something is missing: see the marked field.');
    marked.focus();
    return undefined;
  }
  const job = {
    pairs: pairs.rows(),
    preferences: preferences.rows(),
    settings: settings.settings(),
    prompts: defaultPrompts,
  };
  if (job.pairs.length === 0) {
    view.fail('Add an instruction: there is nothing to learn from.');
    byId('add-pair', HTMLElement).focus();
    return undefined;
  }
  if (dpoSteps > 0 && job.preferences.length === 0) {
    view.fail('Add a preference, or set the steps for preferences to 0.');
    byId('add-preference', HTMLElement).focus();
    return undefined;
  }
  return job;
}

function take(report: Report): void {
  switch (report.type) {
    case 'file':
      download(report.name, report.bytes);
      break;
    case 'done':
      setBusy(false);
      view.end(
        endings[report.request][report.stopped ? 1 : 0],
        !report.stopped && report.request === 'train',
      );
      break;
    case 'failed':
      setBusy(false);
      view.fail(report.message);
      break;
    default:
      if (report.type === 'step') hasAdapter = true;
      view.show(report);
  }
}

/** What the status says when a request is done, and when it was stopped. */
const endings: Readonly<Record<Request['type'], readonly [done: string, stopped: string]>> = {
  'open-backend': ['Ready.', 'Ready.'],
  train: ['Done.', 'Stopped. What was learnt so far is kept.'],
  ask: ['Answered.', 'Stopped.'],
  'save-adapter': ['The adapter was downloaded.', 'Stopped.'],
  'save-model': ['The tiny model was downloaded.', 'Stopped.'],
  stop: ['Stopped.', 'Stopped.'],
};

/** One thing at a time: until it is done nothing else can be asked for, but to stop it. */
function work(request: Request): void {
  setBusy(true);
  stop.hidden = request.type !== 'train' && request.type !== 'ask';
  send(request);
}

function send(request: Request): void {
  worker.postMessage(request);
}

function setBusy(busy: boolean): void {
  document.body.classList.toggle('busy', busy);
  train.disabled = busy;
  if (!busy && document.activeElement === stop) train.focus({ preventScroll: true });
  stop.hidden = true;
  askButton.disabled = busy || !hasAdapter;
  saveAdapter.disabled = busy || !hasAdapter;
  saveModel.disabled = busy;
  byId('ask-hint', HTMLElement).hidden = hasAdapter;
}

/** What to do with the adapter, with the system text that it was trained with. */
function showCommand(): void {
  byId('command', HTMLElement).textContent = [
    'bezoar generate --model bezoar-tiny --adapter bezoar-adapter \\',
    `  --system ${JSON.stringify(settings.settings().system)} \\`,
    `  --instruction ${JSON.stringify(defaultPrompts[0])}`,
  ].join('\n');
}

/** Where the columns lie below each other, what comes out is far below the button. */
function bringIntoView(place: HTMLElement): void {
  if (place.getBoundingClientRect().top < window.innerHeight / 2) return;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  place.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' });
}
