import type { FoundCall } from '@bezoar/llm';
import type { Ancestor, RowTrace, TraceStep } from './trace-row.ts';

export interface TraceTextOptions {
  /** Prompts and replies; true by default. */
  readonly calls?: boolean | undefined;
}

/** A trace for people to read. */
export function traceText(trace: RowTrace, { calls: withCalls = true }: TraceTextOptions = {}): string {
  const {
    id,
    source = 'unknown',
    instruction,
    response,
    steps,
    ancestors,
    trainedBy,
    inheritedBy,
    calls,
  } = trace;
  return [
    `row ${id} (${source})`,
    block('instruction', instruction),
    block('response', response),
    '',
    'what became of it',
    ...steps.flatMap(stepLines),
    trainedBy.length === 0 ? '  no training has read it' : `  trained on in ${trainedBy.join(', ')}`,
    ...(inheritedBy.length === 0 ? [] : [`  and in what came of that: ${inheritedBy.join(', ')}`]),
    ...(ancestors.length === 0 ? [] : ['', 'what it came from', ...ancestors.flatMap(ancestorLines)]),
    '',
    `model calls (${calls.length})`,
    ...(withCalls ? calls.flatMap(callLines) : []),
    '',
  ].join('\n');
}

function stepLines({ stage, fate, reason, detail, judgments }: TraceStep): string[] {
  const why = [reason, detail].filter((each) => each !== undefined).join(': ');
  return [
    `  ${stage}: ${fate}${why === '' ? '' : ` (${why})`}`,
    ...judgments.map((each) =>
      `    ${each.judge}: ${each.status} ${each.rating ?? ''} ${each.reason}`.trimEnd(),
    ),
  ];
}

function ancestorLines({ id, kind, text, lineage }: Ancestor): string[] {
  const { round, operation } = lineage;
  const what = kind === 'unknown' ? 'a parent that is not in this run' : kind;
  return [
    `  ${operation}, round ${round}, of ${what} ${id}`,
    ...(text === undefined ? [] : [indent(text, 4)]),
  ];
}

function callLines({ stage, model, request, response }: FoundCall): string[] {
  return [
    `  ${stage}, ${model}`,
    ...request.messages.map(({ role, content }) => block(role, content, 4)),
    block('reply', response.text, 4),
  ];
}

function block(name: string, text: string, depth = 2): string {
  return `${' '.repeat(depth)}${name}:\n${indent(text, depth + 2)}`;
}

function indent(text: string, depth: number): string {
  return text.replace(/^/gm, ' '.repeat(depth));
}
