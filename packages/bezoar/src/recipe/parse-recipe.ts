import { BezoarError } from '@bezoar/core';
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { z } from 'zod';
import { knownKeys } from './known-keys.ts';
import { suggestName } from './suggest-name.ts';
import type { Recipe } from './recipe.ts';
import { recipeSchema } from './schema.ts';

/**
 * Reads a recipe's YAML. Throws BezoarError BAD_CONFIG that names the file, the line, the place, and for an unknown key the
 * nearest known one.
 */
export function parseRecipe(text: string, file: string): Recipe {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    throw new BezoarError(
      'BAD_CONFIG',
      `${file}:${line}: ${broken.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? 'broken YAML'}.`,
      { advice: 'Correct the YAML.' },
    );
  }
  const value: unknown = document.toJS() ?? {};
  const result = recipeSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => flattenUnion(issue));
  // A misspelt key is also a missing one: the misspelling says more.
  const first = problems.find(({ code }) => code === 'unrecognized_keys') ?? problems[0]!;
  const { path, message, advice } = describeIssue(first, value);
  const where = `${file}:${lines.linePos(offsetOf(document, path)).line}`;
  throw new BezoarError('BAD_CONFIG', `${where}: ${message}.`, {
    ...(advice === undefined ? {} : { advice }),
    data: { file, path: path.map(String) },
  });
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly advice?: string;
}

function describeIssue(issue: z.core.$ZodIssue, value: unknown): Problem {
  const place = issue.path.length === 0 ? 'the recipe' : issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    return {
      path: [...issue.path, key],
      message: `unknown key ${key} in ${place}`,
      advice: suggestName(key, knownKeys(recipeSchema, value, issue.path)),
    };
  }
  return { path: issue.path, message: `${place}: ${lowerFirst(issue.message)}` };
}

/** Of a union's problems, those of the variant that came closest: the last one is the object form. */
function flattenUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  const inner = issue.code === 'invalid_union' ? issue.errors.at(-1) : undefined;
  if (inner === undefined || inner.length === 0) return [issue];
  return inner.flatMap((each) => flattenUnion({ ...each, path: [...issue.path, ...each.path] }));
}

/** Where a path's key stands in the text; for a key that is not there, its parent. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (isScalar(pair?.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
