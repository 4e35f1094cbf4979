import type { BackendWish } from '../shared/protocol.ts';
import type { Settings } from '../shared/training-job.ts';
import { element } from './element.ts';

interface NumberField {
  readonly kind: 'number';
  readonly name: keyof Settings;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}

interface ChoiceField {
  readonly kind: 'choice';
  readonly name: keyof Settings | 'backend';
  readonly label: string;
  readonly options: readonly (readonly [value: string, label: string])[];
}

interface TextField {
  readonly kind: 'text';
  readonly name: keyof Settings;
  readonly label: string;
}

type Field = NumberField | ChoiceField | TextField;

const groups: readonly { readonly title: string; readonly fields: readonly Field[] }[] = [
  {
    title: 'Adapter',
    fields: [
      { kind: 'number', name: 'r', label: 'Rank r', min: 1, max: 64, whole: true },
      { kind: 'number', name: 'loraAlpha', label: 'Alpha', min: 1, max: 256, whole: false },
      {
        kind: 'choice',
        name: 'targets',
        label: 'Layers',
        options: [
          ['all', 'All linear layers'],
          ['attention', 'Queries, keys, values'],
        ],
      },
    ],
  },
  {
    title: 'Instructions',
    fields: [
      { kind: 'number', name: 'sftSteps', label: 'Steps', min: 1, max: 2000, whole: true },
      { kind: 'number', name: 'sftLearningRate', label: 'Learning rate', min: 0, max: 1, whole: false },
    ],
  },
  {
    title: 'Preferences',
    fields: [
      { kind: 'number', name: 'dpoSteps', label: 'Steps (0: none)', min: 0, max: 2000, whole: true },
      { kind: 'number', name: 'dpoLearningRate', label: 'Learning rate', min: 0, max: 1, whole: false },
      { kind: 'number', name: 'beta', label: 'Beta', min: 0.001, max: 10, whole: false },
    ],
  },
  {
    title: 'Run',
    fields: [
      { kind: 'number', name: 'rows', label: 'Texts per step', min: 1, max: 64, whole: true },
      { kind: 'number', name: 'seed', label: 'Seed', min: 0, max: 4294967295, whole: true },
      {
        kind: 'choice',
        name: 'backend',
        label: 'Compute on',
        options: [
          ['auto', 'The best there is'],
          ['webgl2', 'WebGL 2'],
          ['webgl', 'WebGL 1'],
          ['wasm', 'WebAssembly'],
          ['javascript', 'JavaScript'],
        ],
      },
      { kind: 'text', name: 'system', label: 'System text of the prompt' },
    ],
  },
];

export interface SettingsForm {
  settings(): Settings;
  backend(): BackendWish;
  /** Marks what is wrong, and returns the first field that is. */
  firstInvalid(): HTMLElement | undefined;
  onBackend(listener: (wish: BackendWish) => void): void;
}

export function createSettingsForm(place: HTMLElement, defaults: Settings): SettingsForm {
  const inputs = new Map<Field, HTMLInputElement | HTMLSelectElement>();
  for (const { title, fields } of groups) {
    const made = fields.map((field) => {
      const id = `setting-${field.name}`;
      const input = createInput(field, id, defaults);
      inputs.set(field, input);
      const error = element('p', { id: `${id}-error`, class: 'error', hidden: true });
      return element('div', { class: field.kind === 'text' ? 'field wide' : 'field' }, [
        element('label', { for: id }, [field.label]),
        input,
        error,
      ]);
    });
    place.append(element('fieldset', {}, [element('legend', {}, [title]), ...made]));
  }
  const byName = (name: Field['name']): HTMLInputElement | HTMLSelectElement =>
    [...inputs].find(([field]) => field.name === name)![1];
  const backend = byName('backend');

  return {
    settings() {
      const values = [...inputs]
        .filter(([field]) => field.name !== 'backend')
        .map(([field, { value }]) => [field.name, field.kind === 'number' ? Number(value) : value] as const);
      return Object.fromEntries(values) as unknown as Settings;
    },
    backend: () => backend.value as BackendWish,
    firstInvalid() {
      let first: HTMLElement | undefined;
      for (const [field, input] of inputs) {
        const message = field.kind === 'number' ? numberProblem(field, input.value) : undefined;
        const error = document.getElementById(`${input.id}-error`)!;
        error.textContent = message ?? '';
        error.hidden = message === undefined;
        if (message === undefined) input.removeAttribute('aria-invalid');
        else input.setAttribute('aria-invalid', 'true');
        if (message !== undefined) first ??= input;
      }
      return first;
    },
    onBackend: (listener) => backend.addEventListener('change', () => listener(backend.value as BackendWish)),
  };
}

function createInput(field: Field, id: string, defaults: Settings): HTMLInputElement | HTMLSelectElement {
  if (field.kind === 'choice') {
    const options = field.options.map(([value, label]) => element('option', { value }, [label]));
    const select = element('select', { id }, options);
    if (field.name !== 'backend') select.value = String(defaults[field.name]);
    return select;
  }
  const input = element('input', {
    id,
    type: 'text',
    inputmode: field.kind === 'number' ? 'decimal' : undefined,
    autocomplete: 'off',
    'aria-describedby': `${id}-error`,
  });
  input.value = String(defaults[field.name]);
  return input;
}

function numberProblem({ min, max, whole }: NumberField, text: string): string | undefined {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) return 'Write a number.';
  if (whole && !Number.isInteger(value)) return 'Write a whole number.';
  if (value < min || value > max) return `From ${min} to ${max}.`;
  return undefined;
}
