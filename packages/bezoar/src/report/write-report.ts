import { folderSink } from '@bezoar/formats/node';
import type { RunSummary } from '../run/run-summary.ts';
import { renderReport } from './render-report.ts';

export const reportFileName = 'report.html';

/** Writes `report.html` into the run folder. */
export async function writeReport(runDir: string, summary: RunSummary): Promise<void> {
  await folderSink(runDir).write(reportFileName, [new TextEncoder().encode(renderReport(summary))]);
}
