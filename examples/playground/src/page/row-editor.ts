import { element } from './element.ts';

export interface RowField<Name extends string> {
  readonly name: Name;
  readonly label: string;
}

export interface RowEditorOptions<Name extends string> {
  /** An `ol` that gets the rows. */
  readonly list: HTMLElement;
  /** `Instruction`: what a row is called. */
  readonly noun: string;
  readonly fields: readonly RowField<Name>[];
  readonly addButton: HTMLElement;
  readonly resetButton: HTMLElement;
  readonly initial: readonly Readonly<Record<Name, string>>[];
  /** What is wrong with a row that is filled in: the field, and a sentence. */
  readonly check?: (row: Readonly<Record<Name, string>>) => RowProblem<Name> | undefined;
  /** Says something to screen readers. */
  readonly announce: (message: string) => void;
}

export interface RowProblem<Name extends string> {
  readonly field: Name;
  readonly message: string;
}

export interface RowEditor<Name extends string> {
  rows(): Record<Name, string>[];
  /** Marks what is wrong, and returns the first field that is. */
  firstInvalid(): HTMLElement | undefined;
}

/** A list of rows of text fields, each with a button that removes it. Removing and adding keep the focus in the list. */
export function createRowEditor<Name extends string>(options: RowEditorOptions<Name>): RowEditor<Name> {
  const { list, noun, fields, addButton, announce } = options;
  let made = 0;

  function fieldsOf(row: Element): HTMLTextAreaElement[] {
    return [...row.querySelectorAll('textarea')];
  }

  function valuesOf(row: Element): Record<Name, string> {
    const values = fieldsOf(row).map(({ value }, index) => [fields[index]!.name, value.trim()] as const);
    return Object.fromEntries(values) as Record<Name, string>;
  }

  function add(values?: Readonly<Record<Name, string>>): HTMLLIElement {
    const key = `${noun.toLowerCase()}-${made++}`;
    const remove = element('button', { type: 'button', class: 'remove', title: 'Remove' }, ['\u00d7']);
    const inputs = fields.map(({ name, label }) => {
      const id = `${key}-${name}`;
      const input = element('textarea', {
        id,
        rows: 1,
        spellcheck: 'false',
        'aria-describedby': `${id}-error`,
      });
      input.value = values?.[name] ?? '';
      input.addEventListener('input', () => show(input, undefined));
      const error = element('p', { id: `${id}-error`, class: 'error', hidden: true });
      return element('div', { class: `field ${name}` }, [
        element('label', { for: id }, [label]),
        input,
        error,
      ]);
    });
    const row = element('li', { class: 'editor-row' }, [element('div', { class: 'fields' }, inputs), remove]);
    remove.addEventListener('click', () => drop(row));
    list.append(row);
    return row;
  }

  function drop(row: HTMLLIElement): void {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const place = [...list.children].indexOf(row) + 1;
    row.remove();
    number();
    announce(`${noun} ${place} removed, ${list.children.length} left.`);
    (next?.querySelector<HTMLElement>('.remove') ?? addButton).focus();
  }

  /** Names of the buttons count the rows, so they change with them. */
  function number(): void {
    [...list.children].forEach((row, index) => {
      row.querySelector('.remove')?.setAttribute('aria-label', `Remove ${noun.toLowerCase()} ${index + 1}`);
      row.setAttribute('aria-label', `${noun} ${index + 1}`);
    });
  }

  function reset(): void {
    list.replaceChildren();
    for (const row of options.initial) add(row);
    number();
  }

  function problemOf(row: Element): RowProblem<Name> | undefined {
    const values = valuesOf(row);
    const empty = fields.find(({ name }) => values[name] === '');
    if (empty !== undefined) return { field: empty.name, message: `Write something, or remove the row.` };
    return options.check?.(values);
  }

  addButton.addEventListener('click', () => {
    const row = add();
    number();
    fieldsOf(row)[0]?.focus();
  });
  options.resetButton.addEventListener('click', () => {
    reset();
    announce(`${noun}s are the ${options.initial.length} examples again.`);
  });
  reset();

  return {
    rows: () => [...list.children].map(valuesOf),
    firstInvalid() {
      let first: HTMLElement | undefined;
      for (const row of list.children) {
        const problem = problemOf(row);
        fieldsOf(row).forEach((input, index) => {
          const message = problem?.field === fields[index]!.name ? problem.message : undefined;
          show(input, message);
          if (message !== undefined) first ??= input;
        });
      }
      return first;
    },
  };
}

/** A message below a field, tied to it; none takes it away. */
function show(input: HTMLElement, message: string | undefined): void {
  const error = document.getElementById(`${input.id}-error`);
  if (error === null) return;
  error.textContent = message ?? '';
  error.hidden = message === undefined;
  if (message === undefined) input.removeAttribute('aria-invalid');
  else input.setAttribute('aria-invalid', 'true');
}
