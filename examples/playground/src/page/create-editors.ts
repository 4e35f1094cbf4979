import { defaultPairs, defaultPreferences } from '../shared/defaults.ts';
import { byId } from './element.ts';
import { createRowEditor, type RowEditor } from './row-editor.ts';

export interface Editors {
  readonly pairs: RowEditor<'instruction' | 'response'>;
  readonly preferences: RowEditor<'instruction' | 'chosen' | 'rejected'>;
}

/** The two lists that a training learns from. */
export function createEditors(announce: (message: string) => void): Editors {
  return {
    pairs: createRowEditor({
      list: byId('pairs', HTMLElement),
      noun: 'Instruction',
      fields: [
        { name: 'instruction', label: 'Instruction' },
        { name: 'response', label: 'Answer' },
      ],
      addButton: byId('add-pair', HTMLElement),
      resetButton: byId('reset-pairs', HTMLElement),
      initial: defaultPairs,
      announce,
    }),
    preferences: createRowEditor({
      list: byId('preferences', HTMLElement),
      noun: 'Preference',
      fields: [
        { name: 'instruction', label: 'Instruction' },
        { name: 'chosen', label: 'Rather this' },
        { name: 'rejected', label: 'than this' },
      ],
      addButton: byId('add-preference', HTMLElement),
      resetButton: byId('reset-preferences', HTMLElement),
      initial: defaultPreferences,
      check: ({ chosen, rejected }) =>
        chosen === rejected ? { field: 'rejected', message: 'The two answers must differ.' } : undefined,
      announce,
    }),
  };
}
