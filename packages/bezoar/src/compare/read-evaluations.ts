import { BezoarError } from '@bezoar/core';
import { parseEvaluation, type EvaluationFile } from '@bezoar/eval';
import { readJson } from '@bezoar/formats';
import { openFolder, readJsonlFile } from '@bezoar/formats/node';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';

const resultsName = /^results(?:_(?<time>.+))?\.json$/;
/** A run's folder, a stage's folder in it, a model's folder in that. */
const depth = 3;

/**
 * The evaluations that a run names (`folder`, or `label=folder`): of each model in it the newest results, those of several folders
 * together. Throws BezoarError NOT_FOUND, or BAD_FILE.
 */
export async function readEvaluations(run: string): Promise<EvaluationFile[]> {
  const [, given, named] = /^([^=/]+)=(.+)$/.exec(run) ?? [];
  const name = named ?? run;
  const path = resolve(name);
  const files = await newestResults(path);
  if (files.length === 0) {
    throw new BezoarError('NOT_FOUND', `There are no results in ${name}.`, {
      advice: 'Name a folder that bezoar eval or LM-Eval-Harness wrote into.',
    });
  }
  const read = await Promise.all(files.map(readFile));
  const models = [...new Set(read.map(({ label }) => label))];
  return models.map((model) => {
    const own = read.filter(({ label }) => label === model);
    const alone = given ?? basename(path);
    const label = models.length === 1 ? alone : given === undefined ? model : `${given}/${model}`;
    return { ...own[0]!, label, entries: own.flatMap(({ entries }) => entries) };
  });
}

/** Of every folder the newest: times are in the names. */
async function newestResults(path: string): Promise<string[]> {
  if ((await stat(path).catch(() => undefined))?.isFile() === true) return [path];
  return search(path, depth);
}

async function search(folder: string, levels: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new BezoarError('NOT_FOUND', `There is no folder ${folder}.`, { advice: 'Check the path.', cause });
  });
  const own = entries
    .filter((entry) => entry.isFile() && resultsName.test(entry.name))
    .map(({ name }) => name);
  const newest = own.sort().at(-1);
  const folders = levels === 0 ? [] : entries.filter((entry) => entry.isDirectory());
  const inner = await Promise.all(folders.map(({ name }) => search(join(folder, name), levels - 1)));
  return [...(newest === undefined ? [] : [join(folder, newest)]), ...inner.flat()];
}

async function readFile(path: string): Promise<EvaluationFile> {
  const folder = dirname(path);
  const results = await readJson(openFolder(folder), basename(path));
  const time = resultsName.exec(basename(path))?.groups?.['time'] ?? '';
  const samples = new Map<string, readonly unknown[]>();
  for (const name of await readdir(folder)) {
    const end = `_${time}.jsonl`;
    if (!name.startsWith('samples_') || !name.endsWith(end)) continue;
    const task = name.slice('samples_'.length, -end.length);
    samples.set(task, await readJsonlFile(join(folder, name), z.unknown()));
  }
  return parseEvaluation({ results, samples, file: path });
}
