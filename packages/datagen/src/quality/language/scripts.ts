/** Scripts that are told apart (ISO 15924 codes; Kana is Hiragana and Katakana). */
export type Script =
  'Latn' | 'Cyrl' | 'Grek' | 'Arab' | 'Hebr' | 'Deva' | 'Beng' | 'Taml' | 'Thai' | 'Hang' | 'Kana' | 'Hani';

/** The letters that show a script. */
export const scripts: Readonly<Record<Script, RegExp>> = {
  Latn: /\p{Script=Latin}/u,
  Cyrl: /\p{Script=Cyrillic}/u,
  Grek: /\p{Script=Greek}/u,
  Arab: /\p{Script=Arabic}/u,
  Hebr: /\p{Script=Hebrew}/u,
  Deva: /\p{Script=Devanagari}/u,
  Beng: /\p{Script=Bengali}/u,
  Taml: /\p{Script=Tamil}/u,
  Thai: /\p{Script=Thai}/u,
  Hang: /\p{Script=Hangul}/u,
  Kana: /[\p{Script=Hiragana}\p{Script=Katakana}]/u,
  Hani: /\p{Script=Han}/u,
};

/** Languages by their script. Japanese shows by its kana, whatever Chinese characters stand beside them. */
const languages: Readonly<Record<Script, string>> = {
  Latn: 'en de fr es it pt nl',
  Cyrl: 'ru uk bg sr mk be',
  Grek: 'el',
  Arab: 'ar fa ur',
  Hebr: 'he',
  Deva: 'hi mr ne',
  Beng: 'bn',
  Taml: 'ta',
  Thai: 'th',
  Hang: 'ko',
  Kana: 'ja',
  Hani: 'zh',
};

/** The script of every language that is known, by ISO 639-1 code. */
export const scriptOfLanguage: ReadonlyMap<string, Script> = new Map(
  Object.entries(languages).flatMap(([script, list]) =>
    list.split(' ').map((language) => [language, script as Script] as const),
  ),
);
