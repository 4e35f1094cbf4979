import { hashText } from '@bezoar/core';
import type { BestModelConfig } from './best-model.ts';

interface PrintedExample {
  readonly tokens: readonly number[];
  readonly labels: readonly number[];
}

export interface TrainingPrintOptions {
  /** All settings that decide about the result. */
  readonly settings: BestModelConfig & Readonly<Record<string, unknown>>;
  readonly examples: readonly PrintedExample[];
  readonly evaluation?:
    { readonly examples: readonly PrintedExample[]; readonly every?: number | undefined } | undefined;
}

/**
 * A print of settings and data: two trainings with the same one do the same thing. Held-out data counts where training may
 * end by its evaluations.
 */
export function trainingPrint({ settings, examples, evaluation }: TrainingPrintOptions): string {
  const { earlyStoppingPatience, loadBestModelAtEnd } = settings;
  const decides = earlyStoppingPatience !== undefined || loadBestModelAtEnd === true;
  const heldOut = decides && evaluation !== undefined ? [evaluation.every, printOf(evaluation.examples)] : [];
  return hashText(JSON.stringify([settings, printOf(examples), ...heldOut]));
}

function printOf(examples: readonly PrintedExample[]): string {
  let print = String(examples.length);
  for (const { tokens, labels } of examples)
    print = hashText(`${print} ${tokens.join(' ')} ${labels.join(' ')}`);
  return print;
}
