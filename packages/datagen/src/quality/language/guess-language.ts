import { words } from '../words.ts';
import { functionWords, type LatinLanguage } from './function-words.ts';
import { scripts, type Script } from './scripts.ts';

export interface LanguageGuess {
  /** The script of most words; undefined when there are no letters. */
  readonly script: Script | undefined;
  /** Only for Latin script, and only when the words are clear. */
  readonly language: LatinLanguage | undefined;
}

const languages = Object.entries(functionWords).map(
  ([language, list]) => [language as LatinLanguage, new Set(list.split(' '))] as const,
);
/** Fewer words, or a smaller share of function words, say nothing about the language: lists, code, names, formulas. */
const leastWords = 8;
const leastShare = 0.15;
/** How many times as many function words the best language must have as the next. */
const leastLead = 1.3;

/**
 * The script of a text and, where that is Latin, its language by the share of function words (after Grefenstette 1995).
 * Fenced code is left out. A coarse filter for whole sentences in one of seven languages: it says nothing when in doubt,
 * and languages of another script are not told apart.
 */
export function guessLanguage(text: string): LanguageGuess {
  const found = words(text.replace(/```[\s\S]*?(?:```|$)/g, ' ')).filter((word) => /\p{L}/u.test(word));
  const script = commonScript(found);
  return { script, language: script === 'Latn' ? latinLanguage(found) : undefined };
}

function commonScript(found: readonly string[]): Script | undefined {
  const counts = new Map<Script, number>();
  for (const word of found) {
    const script = scriptOf(word);
    if (script !== undefined) counts.set(script, (counts.get(script) ?? 0) + 1);
  }
  // Japanese mixes kana and Chinese characters; Chinese has no kana.
  const [kana, han] = [counts.get('Kana') ?? 0, counts.get('Hani') ?? 0];
  if (kana > 0.2 * han) {
    counts.set('Kana', kana + han);
    counts.delete('Hani');
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function scriptOf(word: string): Script | undefined {
  return (Object.keys(scripts) as Script[]).find((script) => scripts[script].test(word));
}

function latinLanguage(found: readonly string[]): LatinLanguage | undefined {
  if (found.length < leastWords) return undefined;
  const [best, next] = languages
    .map(([language, list]) => ({ language, count: found.filter((word) => list.has(word)).length }))
    .sort((a, b) => b.count - a.count);
  const clear = best!.count >= leastShare * found.length && best!.count >= leastLead * next!.count;
  return clear ? best!.language : undefined;
}
