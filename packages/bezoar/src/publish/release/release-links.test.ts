import { describe, expect, it } from 'vitest';
import { parseRecipe } from '../../recipe/parse-recipe.ts';
import { openRelease, type OpenReleaseOptions } from './open-release.ts';
import { releaseLinks } from './release-links.ts';
import type { Release } from './release.ts';

const stages = `name: x
base: ./model
models: { teacher: "script:./t.ts" }
stages:
  made: { kind: lamini, model: teacher, seeds: ./s.jsonl, count: 3 }
  kept: { kind: clean, rows: made }
  first: { kind: sft, from: base, rows: kept }
  second: { kind: sft, from: first, preferences: ./p.jsonl }
  merged: { kind: merge, from: second }
  better: { kind: dpo, from: merged, preferences: ./p.jsonl }
  best: { kind: merge, from: better }
  whole: { kind: sft, from: best, preferences: ./p.jsonl, method: full }
  gguf: { kind: export, from: better, format: gguf }
`;

function release(repos: string, options: Partial<OpenReleaseOptions> = {}, rest = ''): Release {
  const recipe = parseRecipe(`${stages}publish: { ${rest}repos: { ${repos} } }\n`, 'x.yaml');
  return openRelease({ recipe, runDir: 'runs/x', ...options });
}

/** Name of the repository, and of the model under it. */
const bases = (of: Release): unknown[] =>
  of.entries.map((entry) => [entry.repo.name, releaseLinks(entry, of).base]);

describe('releaseLinks', () => {
  it('an adapter stands on the model that is published before it, through adapters that went on', () => {
    const all = release('best: A, better: a, merged: B, second: b, kept: rows', {
      org: 'org',
      base: 'org/base',
    });
    expect(bases(all)).toEqual([
      ['org/rows', undefined],
      ['org/b', 'org/base'],
      ['org/B', 'org/base'],
      ['org/a', 'org/B'],
      ['org/A', 'org/B'],
    ]);
    expect(all.entries.map(({ form }) => form)).toEqual(['rows', 'adapter', 'model', 'adapter', 'model']);
  });

  it('a model that stands alone names one further back where that before it is not published; an adapter does not', () => {
    const some = release('better: a, best: A, whole: W, gguf: g', { org: 'org' }, 'base: other/base, ');
    expect(bases(some)).toEqual([
      ['org/a', undefined],
      ['org/A', 'other/base'],
      ['org/W', 'org/A'],
      ['org/g', 'other/base'],
    ]);
  });

  it('knows adapters and what has them folded in, and who learnt from rows', () => {
    const all = release('kept: rows, made: raw, second: b, merged: B, gguf: g', { org: 'org' });
    const links = (stage: string): ReturnType<typeof releaseLinks> =>
      releaseLinks(
        all.entries.find((entry) => entry.stage === stage)!,
        all,
      );
    expect(links('merged').adapter?.stage).toBe('second');
    expect(links('second').merged?.stage).toBe('merged');
    expect(links('gguf')).toMatchObject({ adapter: undefined, merged: undefined });
    expect(links('made').trained.map(({ stage }) => stage)).toEqual(['second', 'merged', 'gguf']);
  });

  it('rows have the licence of the data sets, models that of the release, and each its own first', () => {
    const dataset = stages.replace('stages:', 'dataset: { license: cc-by-4.0 }\nstages:');
    const licenses = (repos: string, license?: string): unknown[] => {
      const recipe = parseRecipe(
        `${dataset}publish: { license: mit, org: org, repos: { ${repos} } }\n`,
        'x.yaml',
      );
      return openRelease({ recipe, runDir: 'x', license }).entries.map((entry) => entry.license);
    };
    expect(licenses('kept: rows, merged: B, second: { name: b, license: apache-2.0 }')).toEqual([
      'cc-by-4.0',
      'apache-2.0',
      'mit',
    ]);
    expect(licenses('kept: rows, merged: B', 'cc0-1.0')).toEqual(['cc-by-4.0', 'cc0-1.0']);
  });

  it('names with an organisation keep it', () => {
    expect(
      bases(release('made: other/raw, kept: rows', { org: 'org' })).map((each) => (each as string[])[0]),
    ).toEqual(['other/raw', 'org/rows']);
  });
});
