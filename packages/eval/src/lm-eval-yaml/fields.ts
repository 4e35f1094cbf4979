import { BezoarError } from '@bezoar/core';
import { createJinjaField } from './jinja-field.ts';
import { parsePythonList, pythonText } from './python-literal.ts';
import type { TaskYaml } from './task-yaml.ts';

export type Row = Record<string, unknown>;

/** What a task file makes of a row. */
export interface Fields {
  /** A number is the index of the right one of several contexts. */
  text(row: Row): unknown;
  /** A text, the index of a choice, or a list of either. */
  target(row: Row): unknown;
  choices(row: Row): string[];
}

type Source = Pick<TaskYaml, 'doc_to_text' | 'doc_to_target' | 'doc_to_choice'>;

/** Columns by their name, everything else as Jinja, as the harness decides it. */
export function createFields(yaml: Source, file: string): Fields {
  const hasChoices = yaml.doc_to_choice !== undefined && yaml.doc_to_choice !== null;
  const text = createField(yaml.doc_to_text ?? '', `${file}: doc_to_text`);
  const target = createField(yaml.doc_to_target, `${file}: doc_to_target`);
  const choice = createField(yaml.doc_to_choice ?? [], `${file}: doc_to_choice`);
  /** A template that renders digits is an index where there are choices. */
  const asIndex = ({ value, isTemplate }: FieldValue): unknown => {
    const digits = isTemplate && hasChoices && /^\d+$/.test(pythonText(value));
    return digits ? Number(value) : value;
  };
  return {
    text: (row) => asIndex(text(row)),
    target(row) {
      const found = target(row);
      const value = asIndex(found);
      return found.isTemplate && typeof value === 'string' ? (parsePythonList(value) ?? value) : value;
    },
    choices(row) {
      const { value } = choice(row);
      const list = typeof value === 'string' ? parsePythonList(value) : value;
      if (Array.isArray(list)) return list.map(pythonText);
      throw new BezoarError('BAD_INPUT', `${file}: doc_to_choice is no list but ${pythonText(value)}.`, {
        advice: 'Name a column of lists, or write a template that makes one.',
      });
    },
  };
}

interface FieldValue {
  readonly value: unknown;
  readonly isTemplate: boolean;
}

function createField(
  source: string | number | readonly string[] | Readonly<Record<string, string>>,
  what: string,
): (row: Row) => FieldValue {
  if (typeof source !== 'string') {
    const value = typeof source === 'object' && !Array.isArray(source) ? Object.values(source) : source;
    return () => ({ value, isTemplate: false });
  }
  const template = createJinjaField(source, what);
  return (row) =>
    Object.hasOwn(row, source)
      ? { value: row[source], isTemplate: false }
      : { value: template(row), isTemplate: true };
}
