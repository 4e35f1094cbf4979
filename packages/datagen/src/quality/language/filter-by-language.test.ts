import { describe, expect, it } from 'vitest';
import { dataRowsForTests } from '../../__fixtures__/data-rows.ts';
import { instructionRow } from '../../__fixtures__/instruction-row.ts';
import { filterByLanguage } from './filter-by-language.ts';
import { guessLanguage } from './guess-language.ts';

const samples = {
  en: 'The moon is bright at night because it reflects the light of the sun, which we do not see then.',
  de: 'Der Mond ist in der Nacht hell, weil er das Licht der Sonne zurückwirft, die man dann nicht sieht.',
  fr: 'La lune est claire dans la nuit parce qu’elle renvoie la lumière du soleil, que nous ne voyons pas.',
  es: 'La luna es brillante por la noche porque refleja la luz del sol, que no se ve en ese momento.',
  it: 'La luna è luminosa di notte perché riflette la luce del sole, che non si vede in quel momento.',
  pt: 'A lua é brilhante à noite porque reflete a luz do sol, que não se vê nesse momento do dia.',
  nl: 'De maan is in de nacht helder omdat zij het licht van de zon weerkaatst, die je dan niet ziet.',
};

describe('guessLanguage', () => {
  it.each(Object.entries(samples))('knows %s by its function words', (language, text) => {
    expect(guessLanguage(text)).toEqual({ script: 'Latn', language });
  });

  it.each([
    ['Cyrl', 'Луна светит ночью, потому что отражает свет солнца.'],
    ['Hani', '月亮在夜晚发光,因为它反射太阳光。'],
    ['Kana', '月は太陽の光を反射するので、夜に明るく見えます。'],
    ['Hang', '달은 태양의 빛을 반사하기 때문에 밤에 밝습니다.'],
    ['Arab', 'القمر ساطع في الليل لأنه يعكس ضوء الشمس'],
    ['Deva', 'चाँद रात में चमकता है'],
    [undefined, '42 + 1 = 43 👍'],
  ] as const)('knows the script %s', (script, text) => {
    expect(guessLanguage(text)).toEqual({ script, language: undefined });
  });

  it.each([
    ['a short text', 'La casa de papel'],
    ['names', 'Müller, Schmidt, García, Rossi, Jansen, Dubois, Silva, Novak, Berg'],
    ['code', '```js\nfor (const the of list) if (is(the)) to.push(the)\n```'],
  ])('says nothing about %s', (_, text) => {
    expect(guessLanguage(text).language).toBeUndefined();
  });
});

describe('filterByLanguage', () => {
  const rows = [
    ...Object.entries(samples).map(([id, response]) => instructionRow({ id, response })),
    instructionRow({ id: 'zh', response: '月亮在夜晚发光,因为它反射太阳光。' }),
    instructionRow({ id: 'mixed', response: `${samples.en} In Chinese it is called 月亮.` }),
    instructionRow({ id: 'number', response: '42' }),
  ];

  it('keeps what is allowed and what it cannot tell', async () => {
    const kept = async (...allow: string[]): Promise<string[]> =>
      (await filterByLanguage({ allow }).run(rows)).rows.map(({ id }) => id);
    expect(await kept('en')).toEqual(['en', 'mixed', 'number']);
    expect(await kept('en', 'zh', 'de')).toEqual(['en', 'de', 'zh', 'mixed', 'number']);
  });

  it('says which field and why', async () => {
    const { dropped } = await filterByLanguage({ allow: ['en'] }).run([
      instructionRow({ instruction: samples.de }),
      instructionRow({ response: 'Луна светит.' }),
    ]);
    expect(dropped.map(({ reason, detail }) => [reason, detail])).toEqual([
      ['other-language', 'instruction: de'],
      ['other-language', 'response: script Cyrl'],
    ]);
  });

  it('refuses languages that it does not know', () => {
    for (const allow of [[], ['xx'], ['toString']])
      expect(() => filterByLanguage({ allow })).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
  });
});

const real = ['seeds/dolly-151', 'eval/gsm8k-test', 'eval/arc_challenge-test', 'eval/anli-test'];
const texts = real
  .flatMap((name) => dataRowsForTests(`${name}.jsonl`) ?? [])
  .flatMap((row) => Object.values(row).filter((value) => typeof value === 'string'));

describe.skipIf(texts.length === 0)(
  `filterByLanguage with real data${texts.length === 0 ? ' (skipped: BEZOAR_DATA_DIR is not set)' : ''}`,
  () => {
    it('takes hardly any English text for another language', async () => {
      const rows = texts.map((response) => instructionRow({ response }));
      const { dropped } = await filterByLanguage({ allow: ['en'] }).run(rows);
      expect(rows.length).toBeGreaterThan(4000);
      expect(dropped.length / rows.length, dropped.map(({ detail }) => detail).join()).toBeLessThan(0.001);
    });

    it('knows English in almost every longer text', () => {
      const long = texts.filter((text) => text.split(/\s+/).length >= 30);
      const known = long.filter((text) => guessLanguage(text).language === 'en').length;
      expect(known / long.length).toBeGreaterThan(0.95);
    });
  },
);
