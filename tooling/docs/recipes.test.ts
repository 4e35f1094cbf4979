import { relative } from 'node:path';
import { expect, it } from 'vitest';
import { parseRecipe } from '../../packages/bezoar/src/recipe/parse-recipe.ts';
import { root } from '../workspace/read-packages.ts';
import { readDocuments } from './read-documents.ts';
import { readSnippets } from './read-snippets.ts';

/** How YAML begins that is no part of a recipe: a task file of LM-Eval-Harness, a container. */
const isOther = /^(task|command):/;

const blocks = readDocuments().flatMap(({ path, markdown }) =>
  readSnippets(markdown, 'yaml').map(({ line, code }) => ({
    place: `${relative(root, path)}:${line}`,
    code,
  })),
);

it.each(blocks.filter(({ code }) => !isOther.test(code)))(
  '$place is a recipe, or a part of one',
  ({ place, code }) => {
    const name = /^name:/m.test(code) ? '' : 'name: part\n';
    const stages = /^stages:/m.test(code) ? '' : '\nstages: { tidy: { kind: clean, rows: ./rows.jsonl } }\n';
    expect(parseRecipe(`${name}${code}${stages}`, place).stages).not.toEqual({});
  },
);
