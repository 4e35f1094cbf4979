import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings, sftArgs, trainingArgs, trainingSettingsOf } from '../common-args.ts';
import { loraArgs } from '../lora-args.ts';
import { inputPath } from '../input-path.ts';
import { runStageCommand } from '../run-stage-command.ts';
import { templateArgs, templateSettings, trainTurnsArg } from '../template-args.ts';

export const sft: CliCommand = cliCommand({
  name: 'sft',
  description: 'Fine-tune a LoRA adapter on instructions or conversations (QLoRA).',
  example: 'bezoar sft --model ./open_llama_3b_v2 --data runs/kept/rows.jsonl --out runs/sft --epochs 2',
  args: {
    model: { type: 'string', description: 'Hugging Face model folder', required: true, valueHint: 'DIR' },
    data: { type: 'string', description: 'rows to train on', required: true, valueHint: 'FILE' },
    out: { type: 'string', description: 'folder for the adapter', required: true, valueHint: 'DIR' },
    adapter: { type: 'string', description: 'PEFT folder to go on with', valueHint: 'DIR' },
    ...loraArgs,
    ...templateArgs,
    ...trainTurnsArg,
    ...trainingArgs,
    ...sftArgs,
    ...computeArgs,
  },
  run: (args, io) =>
    runStageCommand({
      name: 'sft',
      out: args.out,
      io,
      settings: {
        base: inputPath(args.model),
        ...(args.adapter === undefined ? {} : { adapter: inputPath(args.adapter) }),
        template: templateSettings(args),
        ...computeSettings(args),
        ...trainingSettingsOf(args),
      },
      stage: { kind: 'sft', from: 'base', rows: inputPath(args.data) },
    }),
});
