import { BezoarError } from '@bezoar/core';
import { countRowsFile, streamRowsFile } from '@bezoar/formats/node';
import { isHubReference, openHubDataset, type HubOptions } from '@bezoar/hub';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { findUrlFile, isUrl, parseUrlFile } from '../run/url-file.ts';

/** What is known of rows without reading all of them. */
export interface RowsFacts {
  readonly count: number;
  /** The first rows of every file. */
  readonly sample: readonly unknown[];
}

/** The files that a recipe names, as far as they are on this machine: nothing is downloaded. */
export interface RowsAtHand {
  /** Paths; undefined when something is missing, see `missing`. */
  files(reference: string): Promise<readonly string[] | undefined>;
  /** Of files that are here. */
  facts(files: readonly string[]): Promise<RowsFacts>;
  /** Sentences about what is not here. */
  missing(): readonly string[];
}

export interface RowsAtHandOptions {
  /** Absolute path of what is neither on the Hub nor on the web. */
  readonly resolve: (path: string) => string;
  /** Where caches lie. */
  readonly env: NonNullable<HubOptions['env']>;
}

/** Rows of a sample, of all files together. */
const sampleSize = 400;

export function openRowsAtHand({ resolve, env }: RowsAtHandOptions): RowsAtHand {
  const found = new Map<string, Promise<readonly string[] | undefined>>();
  const known = new Map<string, Promise<RowsFacts>>();
  const missing = new Set<string>();

  const find = async (reference: string): Promise<readonly string[] | undefined> => {
    if (isHubReference(reference)) return cachedFiles(reference);
    if (!isUrl(reference)) return existsSync(resolve(reference)) ? [resolve(reference)] : undefined;
    const path = await findUrlFile(parseUrlFile(reference), { env });
    return path === undefined ? undefined : [path];
  };
  const cachedFiles = async (reference: string): Promise<readonly string[] | undefined> => {
    try {
      const dataset = await openHubDataset(reference, { env, offline: true });
      return await Promise.all(dataset.dataFiles.map((file) => dataset.fetchFile(file)));
    } catch (error) {
      if (BezoarError.isInstance(error) && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  };

  return {
    async files(reference) {
      const search = found.get(reference) ?? find(reference);
      found.set(reference, search);
      const files = await search;
      if (files === undefined) missing.add(reference);
      return files;
    },
    facts(files) {
      const key = files.join('\n');
      const facts = known.get(key) ?? readFacts(files);
      known.set(key, facts);
      return facts;
    },
    missing: () => describeMissing([...missing].sort()),
  };
}

async function readFacts(files: readonly string[]): Promise<RowsFacts> {
  let count = 0;
  const sample: unknown[] = [];
  const perFile = Math.ceil(sampleSize / files.length);
  for (const path of files) {
    const rows = await countRowsFile(path);
    count += rows;
    if (rows > 0) sample.push(...(await firstRows(path, perFile)));
  }
  return { count, sample };
}

async function firstRows(path: string, limit: number): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of streamRowsFile(path, z.unknown())) if (rows.push(row) >= limit) break;
  return rows;
}

function describeMissing(references: readonly string[]): string[] {
  const here = references.filter((each) => !isHubReference(each) && !isUrl(each));
  const elsewhere = references
    .filter((each) => !here.includes(each))
    .map((each) => (isUrl(each) ? parseUrlFile(each).url : each));
  return [
    ...here.map((each) => `There is no file ${each}.`),
    ...(elsewhere.length === 0 ? [] : [`Not on this machine, and so not counted: ${elsewhere.join(', ')}.`]),
  ];
}
