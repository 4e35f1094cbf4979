import { resolve } from 'node:path';
import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings, groupArgs, trainingArgs, trainingSettingsOf } from '../common-args.ts';
import { numberFlag } from '../flags.ts';
import { loraArgs, ownSettings, refuseLoraArgs } from '../lora-args.ts';
import { inputPath } from '../input-path.ts';
import { runStageCommand } from '../run-stage-command.ts';
import { templateArgs, templateSettings } from '../template-args.ts';

export const dpo: CliCommand = cliCommand({
  name: 'dpo',
  description: 'Train an adapter on preferences (DPO, IPO, SimPO, ORPO, KTO, …).',
  example: 'bezoar dpo --model runs/merged --data hh-train.jsonl --out runs/dpo --beta 0.1',
  args: {
    model: { type: 'string', description: 'Hugging Face model folder', required: true, valueHint: 'DIR' },
    data: {
      type: 'string',
      description: 'preference pairs, HH-RLHF rows, or rated completions for kto',
      required: true,
      valueHint: 'FILE',
    },
    out: { type: 'string', description: 'folder for the adapter', required: true, valueHint: 'DIR' },
    adapter: { type: 'string', description: 'PEFT folder to go on with', valueHint: 'DIR' },
    beta: {
      type: 'string',
      description: 'strength of the reference; 0.1 by default, 2 for simpo',
      valueHint: 'X',
    },
    loss: {
      type: 'string',
      description:
        'sigmoid (default), sigmoid_norm, cdpo, robust, hinge, ipo, apo_zero, apo_down, sppo_hard, nca_pair, simpo, orpo or kto',
      valueHint: 'NAME',
    },
    'label-smoothing': {
      type: 'string',
      description: 'cdpo and robust: share of flipped labels',
      valueHint: 'P',
    },
    reference: {
      type: 'string',
      description: 'another model or adapter to compare with; the model without its adapter by default',
      valueHint: 'DIR',
    },
    'precompute-reference': {
      type: 'boolean',
      description: "computes the reference's log-probabilities first, into a file beside the data",
    },
    'reference-file': { type: 'string', description: 'that file', valueHint: 'FILE' },
    'simpo-gamma': { type: 'string', description: 'simpo: target margin; 1 by default', valueHint: 'X' },
    'rpo-alpha': {
      type: 'string',
      description: 'weight of the cross-entropy of chosen answers; 0 by default',
      valueHint: 'X',
    },
    'desirable-weight': { type: 'string', description: 'kto: weight of good completions', valueHint: 'X' },
    'undesirable-weight': { type: 'string', description: 'kto: weight of bad ones', valueHint: 'X' },
    'max-prompt-length': { type: 'string', description: 'a longer prompt keeps its end', valueHint: 'N' },
    ...templateArgs,
    ...loraArgs,
    ...trainingArgs,
    ...computeArgs,
    ...groupArgs,
  },
  run(args, io) {
    if (args.adapter !== undefined) refuseLoraArgs(args, ownSettings);
    return runStageCommand({
      name: 'dpo',
      out: args.out,
      io,
      settings: {
        base: inputPath(args.model),
        ...(args.adapter === undefined ? {} : { adapter: inputPath(args.adapter) }),
        template: templateSettings(args),
        ...computeSettings(args),
        ...trainingSettingsOf(args),
      },
      stage: definite({
        kind: 'dpo',
        from: 'base',
        preferences: inputPath(args.data),
        beta: numberFlag('beta', args.beta),
        loss: args.loss,
        labelSmoothing: numberFlag('label-smoothing', args['label-smoothing']),
        reference: args.reference === undefined ? undefined : inputPath(args.reference),
        precomputeReference: args['precompute-reference'],
        referenceFile: args['reference-file'] === undefined ? undefined : resolve(args['reference-file']),
        simpoGamma: numberFlag('simpo-gamma', args['simpo-gamma']),
        rpoAlpha: numberFlag('rpo-alpha', args['rpo-alpha']),
        desirableWeight: numberFlag('desirable-weight', args['desirable-weight']),
        undesirableWeight: numberFlag('undesirable-weight', args['undesirable-weight']),
        maxPromptLength: numberFlag('max-prompt-length', args['max-prompt-length']),
      }),
    });
  },
});
