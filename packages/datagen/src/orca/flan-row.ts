import { z } from 'zod';
import type { FlanCollection } from './system-messages.ts';

/** A row of the FLAN collection, as its published submixes have it. */
export interface FlanRow {
  readonly inputs: string;
  /** The short gold answer. */
  readonly targets: string;
  readonly task_source?: string | undefined;
  readonly task_name?: string | undefined;
  readonly template_type?: string | undefined;
}

const columns = z.object({
  inputs: z.string().trim().min(1, 'an input is needed'),
  targets: z.string(),
  task_source: z.string().optional(),
  task_name: z.string().optional(),
  template_type: z.string().optional(),
});

/** Also with underscores before the names, as Open-Orca/FLAN has them. */
export const flanRowSchema: z.ZodType<FlanRow> = z.preprocess((value) => {
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    fields.map(([name, field]) => [name.replace(/^_(?=task_|template_)/, ''), field]),
  );
}, columns);

/** `task_source` in FLAN is CoT, NIv2, P3 (T0) or Flan2021; rows that say nothing count as Flan 2021. */
export function collectionOf({ task_source: source = '' }: FlanRow): FlanCollection {
  const name = source.toLowerCase();
  if (name.includes('cot')) return 'cot';
  if (name.includes('niv2') || name.includes('natural')) return 'niv2';
  if (name.includes('t0') || name.includes('p3')) return 't0';
  return 'flan2021';
}

/** Whether the task shows options: by its template, or by its text. */
export function isMultipleChoice({ inputs, template_type: template = '' }: FlanRow): boolean {
  return /(?:^|_)opt$/.test(template) || /\boptions:/i.test(inputs);
}
