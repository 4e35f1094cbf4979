import { compareEvaluations, comparisonTable } from '@bezoar/eval';
import { writeJson } from '@bezoar/formats';
import { folderSink } from '@bezoar/formats/node';
import { resolve } from 'node:path';
import { readEvaluations } from '../../compare/read-evaluations.ts';
import { renderComparison } from '../../report/render-comparison.ts';
import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { numberFlag } from '../flags.ts';

export const compare: CliCommand = cliCommand({
  name: 'compare',
  description: 'Put evaluations side by side, with tests on the same documents.',
  example: 'bezoar compare runs/base runs/sft best=runs/2026-01/dpo --out runs/compared',
  args: {
    runs: {
      type: 'positional',
      description: 'folders with results of bezoar eval or LM-Eval-Harness; name=folder gives a name',
      required: true,
      valueHint: 'RUN…',
    },
    baseline: {
      type: 'string',
      description: 'the model that the others are compared with; the first by default',
      valueHint: 'NAME',
    },
    rounds: { type: 'string', description: 'of the bootstrap; 1,000 by default', valueHint: 'N' },
    out: {
      type: 'string',
      description: 'folder for comparison.html, comparison.md and comparison.json',
      valueHint: 'DIR',
    },
  },
  async run(args, io) {
    const read = await Promise.all(args._.map(readEvaluations));
    const comparison = compareEvaluations(
      read.flat(),
      definite({ baseline: args.baseline, rounds: numberFlag('rounds', args.rounds) }),
    );
    const table = comparisonTable(comparison);
    if (args.out !== undefined) {
      const sink = folderSink(resolve(args.out));
      const bytes = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];
      await sink.write('comparison.html', bytes(renderComparison(comparison)));
      await sink.write('comparison.md', bytes(table));
      await writeJson(sink, 'comparison.json', comparison);
    }
    io.stdout.write(args.out === undefined ? table : `${table}\nOutput: ${resolve(args.out)}\n`);
  },
});
