import type { MemoryKind, MemoryPlan } from '@bezoar/qlora';
import { textTable } from '../cli/text-table.ts';
import type { StagePlan } from './plan-stage.ts';

const names: Readonly<Record<MemoryKind, string>> = {
  weights: 'base weights',
  adapters: 'adapters',
  reference: 'reference model',
  gradients: 'gradients',
  optimizer: 'optimizer states',
  activations: 'activations',
  logits: 'chunk of logits',
  scratch: 'scratch of the ops',
  backend: 'kept by the backend',
};

/** 3.26 GB; 0.4 MB. Decimal, as memory is sold. */
export function bytesText(bytes: number): string {
  return bytes < 1e7 ? `${(bytes / 1e6).toFixed(2)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** The kinds of a plan that there are, the largest first, in one line. */
export function kindsText({ kinds }: MemoryPlan): string {
  return presentKinds(kinds)
    .map(([kind, bytes]) => `${names[kind]} ${bytesText(bytes)}`)
    .join(', ');
}

/** A plan as a table, with the answer below. */
export function planText(name: string, plan: StagePlan): string {
  const { memory, need, free } = plan;
  const rows = presentKinds(memory.kinds).map(([kind, bytes]) => [names[kind], bytesText(bytes)]);
  const holes = memory.held - memory.training;
  const table = textTable([
    [name, 'memory'],
    ...rows,
    ['between them, and of the process', bytesText(Math.max(0, holes) + need - memory.held)],
    ['to be free', bytesText(need)],
  ]);
  return `${table}${answerText(plan)}${free === undefined ? '' : ` (${bytesText(free.bytes)} free: ${free.where})`}\n`;
}

function answerText({ free, fits, keepDecoded, advice }: StagePlan): string {
  if (free === undefined) return 'there is no such device here; --memory 24GB says what it has';
  if (fits) return keepDecoded ? 'it fits, with decoded weights kept' : 'it fits';
  return advice === undefined
    ? 'it does not fit, whatever is set: take a smaller model, or a device with more memory'
    : `it does not fit; it would: ${advice}`;
}

function presentKinds(kinds: MemoryPlan['kinds']): [MemoryKind, number][] {
  const entries = Object.entries(kinds) as [MemoryKind, number][];
  return entries.filter(([, bytes]) => bytes > 0).sort(([, a], [, b]) => b - a);
}
