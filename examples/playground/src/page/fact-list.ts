import { element } from './element.ts';

export interface FactList {
  /** Adds a value, or changes it. Notes stand below it. */
  set(name: string, value: string, notes?: readonly string[]): void;
}

/** Terms and values in a `dl`, in the order in which they first came; the first has the whole width. */
export function createFactList(list: HTMLElement): FactList {
  const values = new Map<string, HTMLElement>();
  return {
    set(name, value, notes = []) {
      let place = values.get(name);
      if (place === undefined) {
        place = element('dd');
        values.set(name, place);
        list.append(
          element('div', values.size === 1 ? { class: 'whole' } : {}, [element('dt', {}, [name]), place]),
        );
      }
      place.replaceChildren(value, ...notes.map((note) => element('small', {}, [note])));
    },
  };
}
