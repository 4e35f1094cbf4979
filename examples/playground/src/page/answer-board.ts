import type { Version } from '../shared/protocol.ts';
import { element } from './element.ts';

const versions: readonly (readonly [Version, string])[] = [
  ['base', 'Before'],
  ['sft', 'After instructions'],
  ['dpo', 'After preferences'],
];

export interface AnswerBoard {
  set(version: Version, prompt: string, text: string): void;
  /** Prompts without answers yet, in order. */
  reset(prompts: readonly string[]): void;
}

/** Questions, and what each version of the model answers. A prompt that is new stands first. */
export function createAnswerBoard(place: HTMLElement): AnswerBoard {
  const cells = new Map<string, ReadonlyMap<Version, HTMLElement>>();

  function block(prompt: string): {
    readonly article: HTMLElement;
    readonly texts: ReadonlyMap<Version, HTMLElement>;
  } {
    const texts = new Map<Version, HTMLElement>();
    const list = versions.map(([version, label]) => {
      const text = element('dd', { class: 'empty' }, ['–']);
      texts.set(version, text);
      return element('div', { class: `version ${version}` }, [element('dt', {}, [label]), text]);
    });
    const article = element('article', { class: 'answer' }, [
      element('h3', {}, [prompt]),
      element('dl', {}, list),
    ]);
    return { article, texts };
  }

  return {
    set(version, prompt, text) {
      let known = cells.get(prompt);
      if (known === undefined) {
        const made = block(prompt);
        place.prepend(made.article);
        known = made.texts;
        cells.set(prompt, known);
      }
      const cell = known.get(version)!;
      cell.textContent = text === '' ? '(nothing)' : text;
      cell.classList.toggle('empty', text === '');
    },
    reset(prompts) {
      cells.clear();
      place.replaceChildren(
        ...prompts.map((prompt) => {
          const made = block(prompt);
          cells.set(prompt, made.texts);
          return made.article;
        }),
      );
    },
  };
}
