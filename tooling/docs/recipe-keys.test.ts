import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { recipeSchema } from '../../packages/bezoar/src/recipe/schema.ts';
import { root } from '../workspace/read-packages.ts';
import { readDocuments } from './read-documents.ts';

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | false;
  readonly items?: Shape;
  readonly prefixItems?: readonly Shape[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly const?: unknown;
}

/** Every key that a recipe may have, at any depth, and the kinds of stages. */
function words(shape: Shape): readonly string[] {
  const { properties = {}, additionalProperties, items, prefixItems = [], anyOf = [], oneOf = [] } = shape;
  const inner = [...Object.values(properties), ...prefixItems, ...anyOf, ...oneOf];
  if (items) inner.push(items);
  if (additionalProperties) inner.push(additionalProperties);
  const kind = properties['kind']?.const;
  return [
    ...Object.keys(properties),
    ...(typeof kind === 'string' ? [kind] : []),
    ...inner.flatMap((each) => words(each)),
  ];
}

const schema = z.toJSONSchema(recipeSchema, { io: 'input', unrepresentable: 'any' }) as Shape;
const page = readFileSync(join(root, 'docs/recipes.md'), 'utf8');
const pages = readDocuments()
  .map(({ markdown }) => markdown)
  .join('\n');
const isNamed = (text: string, word: string): boolean =>
  new RegExp(`\`[^\`\n]*\\b${word}\\b[^\`\n]*\``).test(text);

it('docs/recipes.md names every top-level key, and the documents every other one', () => {
  const all = new Set(words(schema));
  expect(all.size).toBeGreaterThan(120);
  expect(Object.keys(schema.properties!).filter((key) => !isNamed(page, key))).toEqual([]);
  expect([...all].filter((key) => !isNamed(pages, key))).toEqual([]);
});
