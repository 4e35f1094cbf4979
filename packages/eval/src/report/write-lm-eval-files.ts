import { formatJsonl, type FolderSink } from '@bezoar/formats';
import type { EvaluationReport } from './evaluation-report.ts';
import { sanitizeModelName, toLmEvalResults } from './lm-eval-results.ts';
import { toLmEvalSamples } from './lm-eval-samples.ts';

export interface WriteLmEvalFilesOptions {
  readonly report: EvaluationReport;
  readonly sink: FolderSink;
  /** Stands in the names of the files. */
  readonly date: Date;
  /** The tasks whose samples are written: after each task of a long evaluation, the new one. All by default. */
  readonly samplesOf?: readonly string[];
}

/**
 * Writes `<model>/results_<time>.json` and one `<model>/samples_<task>_<time>.jsonl` per task, where and how the harness
 * does (times are UTC). Returns the names, the results file first.
 */
export async function writeLmEvalFiles(options: WriteLmEvalFilesOptions): Promise<string[]> {
  const { report, sink, date, samplesOf } = options;
  const folder = sanitizeModelName(report.model);
  const time = date.toISOString().replace(/Z$/, '').replaceAll(':', '-');
  const files: [name: string, text: string][] = [
    [`${folder}/results_${time}.json`, `${JSON.stringify(toLmEvalResults(report, { date }), null, 2)}\n`],
    ...report.tasks
      .filter(({ task }) => samplesOf?.includes(task.name) ?? true)
      .map((task): [string, string] => [
        `${folder}/samples_${task.task.name}_${time}.jsonl`,
        formatJsonl(toLmEvalSamples(task)),
      ]),
  ];
  for (const [name, text] of files) await sink.write(name, [new TextEncoder().encode(text)]);
  return files.map(([name]) => name);
}
