import { resolve } from 'node:path';
import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings, trainingArgs, trainingSettingsOf } from '../common-args.ts';
import { numberFlag } from '../flags.ts';
import { loraArgs } from '../lora-args.ts';
import { runStageCommand } from '../run-stage-command.ts';
import { templateArgs, templateSettings } from '../template-args.ts';

export const dpo: CliCommand = cliCommand({
  name: 'dpo',
  description: 'Train an adapter on preference pairs (DPO).',
  example: 'bezoar dpo --model runs/merged --data hh-train.jsonl --out runs/dpo --beta 0.1',
  args: {
    model: { type: 'string', description: 'Hugging Face model folder', required: true, valueHint: 'DIR' },
    data: {
      type: 'string',
      description: 'preference pairs or HH-RLHF rows',
      required: true,
      valueHint: 'FILE',
    },
    out: { type: 'string', description: 'folder for the adapter', required: true, valueHint: 'DIR' },
    adapter: { type: 'string', description: 'PEFT folder to go on with', valueHint: 'DIR' },
    beta: { type: 'string', description: 'strength of the reference; 0.1 by default', valueHint: 'X' },
    loss: { type: 'string', description: 'sigmoid, cdpo, robust, hinge or ipo', valueHint: 'NAME' },
    'label-smoothing': {
      type: 'string',
      description: 'cdpo and robust: share of flipped labels',
      valueHint: 'P',
    },
    'max-prompt-length': { type: 'string', description: 'a longer prompt keeps its end', valueHint: 'N' },
    ...templateArgs,
    ...loraArgs,
    ...trainingArgs,
    ...computeArgs,
  },
  run: (args, io) =>
    runStageCommand({
      name: 'dpo',
      out: args.out,
      io,
      settings: {
        base: resolve(args.model),
        ...(args.adapter === undefined ? {} : { adapter: resolve(args.adapter) }),
        template: templateSettings(args),
        ...computeSettings(args),
        ...trainingSettingsOf(args),
      },
      stage: definite({
        kind: 'dpo',
        from: 'base',
        preferences: resolve(args.data),
        beta: numberFlag('beta', args.beta),
        loss: args.loss,
        labelSmoothing: numberFlag('label-smoothing', args['label-smoothing']),
        maxPromptLength: numberFlag('max-prompt-length', args['max-prompt-length']),
      }),
    }),
});
