import { resolve } from 'node:path';
import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings, trainingArgs, trainingSettingsOf } from '../common-args.ts';
import { loraArgs } from '../lora-args.ts';
import { runStageCommand } from '../run-stage-command.ts';

export const sft: CliCommand = cliCommand({
  name: 'sft',
  description: 'Fine-tune a LoRA adapter on instruction rows (QLoRA).',
  example: 'bezoar sft --model ./open_llama_3b_v2 --data runs/kept/rows.jsonl --out runs/sft --epochs 2',
  args: {
    model: { type: 'string', description: 'Hugging Face model folder', required: true, valueHint: 'DIR' },
    data: { type: 'string', description: 'instruction rows', required: true, valueHint: 'FILE' },
    out: { type: 'string', description: 'folder for the adapter', required: true, valueHint: 'DIR' },
    adapter: { type: 'string', description: 'PEFT folder to go on with', valueHint: 'DIR' },
    system: { type: 'string', description: "the prompt template's system text", valueHint: 'TEXT' },
    ...loraArgs,
    ...trainingArgs,
    ...computeArgs,
  },
  run: (args, io) =>
    runStageCommand({
      name: 'sft',
      out: args.out,
      io,
      settings: {
        base: resolve(args.model),
        ...(args.adapter === undefined ? {} : { adapter: resolve(args.adapter) }),
        template: definite({ system: args.system }),
        ...computeSettings(args),
        ...trainingSettingsOf(args),
      },
      stage: { kind: 'sft', from: 'base', rows: resolve(args.data) },
    }),
});
