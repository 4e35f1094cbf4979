import { formatFloat } from '../python-text.ts';
import type { Sample, TaskReport } from './evaluation-report.ts';
import { requestText } from './request-text.ts';
import { sha256 } from './sha256.ts';

/** A line of `samples_<task>_<time>.jsonl` of LM-Eval-Harness; one field more for each metric. */
export interface LmEvalSample {
  readonly doc_id: number;
  readonly doc: unknown;
  readonly target: string;
  /** `gen_args_0`, `gen_args_1`, … with `arg_0` the context and `arg_1` the continuation or the settings. */
  readonly arguments: Readonly<Record<string, { readonly arg_0: string; readonly arg_1?: unknown }>>;
  /** By request and repeat: a text, or a log-probability and a boolean in Python's spelling. */
  readonly resps: readonly (readonly (string | readonly [string, string])[])[];
  readonly filtered_resps: readonly (string | readonly [string, string])[];
  readonly filter: string;
  readonly metrics: readonly string[];
  /** Of the document as indented JSON. */
  readonly doc_hash: string;
  /** Of the first request's context. */
  readonly prompt_hash: string;
  readonly target_hash: string;
  readonly [metric: string]: unknown;
}

/** A task's samples as the harness writes them, one for each filter and document. */
export function toLmEvalSamples({ samples }: TaskReport): LmEvalSample[] {
  return samples.map((sample) => ({
    doc_id: sample.docId,
    doc: sample.doc,
    target: sample.target,
    arguments: Object.fromEntries(
      sample.asked.map((request, index) => [`gen_args_${index}`, argumentsOf(request)]),
    ),
    resps: sample.responses.map((response) => [leaf(response)]),
    filtered_resps: sample.filtered.map(leaf),
    filter: sample.filter,
    metrics: Object.keys(sample.scores),
    ...hashesOf(sample),
    ...sample.scores,
  }));
}

/** Over all samples of a task: equal hashes mean equal documents, prompts and targets in the same order. */
export function taskHash({ samples }: TaskReport): string {
  const hashes = samples.map(hashesOf);
  return sha256(hashes.map((each) => each.doc_hash + each.prompt_hash + each.target_hash).join(''));
}

function hashesOf(sample: Sample): Pick<LmEvalSample, 'doc_hash' | 'prompt_hash' | 'target_hash'> {
  return {
    doc_hash: sha256(JSON.stringify(sample.doc, null, 2)),
    prompt_hash: sha256(requestText(sample.asked[0]!)),
    target_hash: sha256(sample.target),
  };
}

function argumentsOf(request: Sample['asked'][number]): { arg_0: string; arg_1?: unknown } {
  const text = { arg_0: requestText(request) };
  if ('text' in request) return text;
  if ('context' in request) return { ...text, arg_1: request.continuation };
  const { until, maxTokens, temperature = 0 } = request;
  return {
    ...text,
    arg_1: { until, do_sample: temperature > 0, temperature, max_gen_toks: maxTokens },
  };
}

function leaf(response: Sample['responses'][number]): string | readonly [string, string] {
  if (typeof response === 'string') return response;
  if (typeof response === 'number') return formatFloat(response);
  return [formatFloat(response.logProb), response.isGreedy ? 'True' : 'False'];
}
