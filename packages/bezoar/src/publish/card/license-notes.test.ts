import { describe, expect, it } from 'vitest';
import { licenseNotes } from './license-notes.ts';

const notes = (license: string, ...sources: string[]): string[] =>
  licenseNotes({
    license,
    sources: sources.map((each) => ({ name: `from ${each}`, license: each })),
    what: 'model',
  });

describe('licenseNotes', () => {
  it.each([
    ['apache-2.0', 'cc-by-sa-3.0', ['from cc-by-sa-3.0 (cc-by-sa-3.0) asks that']],
    ['apache-2.0', 'CC BY-SA 3.0', ['from CC BY-SA 3.0 (CC BY-SA 3.0) asks that']],
    [
      'mit',
      'cc-by-nc-4.0',
      ['from cc-by-nc-4.0 (cc-by-nc-4.0) excludes commercial use, which mit does not.'],
    ],
    ['mit', 'cc-by-nc-sa-4.0', ['asks that', 'excludes commercial use']],
    ['mit', 'gpl-3.0', ['asks that']],
    ['mit', 'odbl', ['asks that']],
  ])('a work under %s made from one under %s needs a word', (license, source, words) => {
    const found = notes(license, 'mit', source);
    expect(found).toHaveLength(words.length);
    words.forEach((word, index) => expect(found[index]).toContain(word));
  });

  it.each([
    ['cc-by-sa-4.0', 'cc-by-sa-3.0'],
    ['cc-by-nc-4.0', 'cc-by-nc-4.0'],
    ['mit', 'apache-2.0'],
    ['mit', 'cc-by-4.0'],
    ['mit', 'nvidia-open'],
    ['mit', 'salesforce-research'],
  ])('a work under %s made from one under %s needs none', (license, source) => {
    expect(notes(license, source)).toEqual([]);
  });
});
