import { inputsOf, type StageRecord } from '../stage-record.ts';
import type { ModelCard } from './model-card.ts';

/** Rows that a model has learnt from. */
export interface TrainingData {
  /** On the Hub. */
  readonly name: string;
  readonly license: string | undefined;
}

/**
 * The data sets on the Hub that the trainings of a model read: those that are published with it, and else what they were made from.
 */
export function trainedOn({ lineage, together }: Pick<ModelCard, 'lineage' | 'together'>): TrainingData[] {
  const found = new Map<string, TrainingData>();
  const visited = new Set<string>();
  const visit = (record: StageRecord): void => {
    if (visited.has(record.id)) return;
    visited.add(record.id);
    const published = together.get(record.id);
    if (published?.type === 'dataset') {
      found.set(published.name, published);
      return;
    }
    for (const input of dataOf(record)) {
      const name = /^hub:([\w.-]+(?:\/[\w.-]+)?)/.exec(input)?.[1];
      const license = record.sources.find(({ hubId }) => hubId === name)?.license;
      if (name !== undefined) found.set(name, { name, license: license === 'unknown' ? undefined : license });
      const before = lineage.find(({ id, folder }) => id === input || input.startsWith(`${folder}/`));
      if (before !== undefined && before !== record) visit(before);
    }
  };
  lineage.filter(isTraining).forEach(visit);
  return [...found.values()];
}

/** What it read but for the model that it started from, and, of a merge, the rows that it only measured itself on. */
function dataOf(record: StageRecord): string[] {
  if (record.kind === 'merge') return [];
  const { from } = (record.settings?.['stage'] ?? {}) as { readonly from?: string };
  return inputsOf(record).filter((name) => name !== from);
}

export function isTraining({ kind }: StageRecord): boolean {
  return kind === 'sft' || kind === 'dpo';
}
