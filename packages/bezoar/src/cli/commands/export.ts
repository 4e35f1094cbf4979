import { definite } from '../../stages/definite.ts';
import { basename, resolve } from 'node:path';
import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings } from '../common-args.ts';
import { numberFlag } from '../flags.ts';
import { inputPath } from '../input-path.ts';
import { runStageCommand } from '../run-stage-command.ts';

export const exportModel: CliCommand = cliCommand({
  name: 'export',
  description: 'Write a model for other programs: GGUF for llama.cpp, or safetensors.',
  example: 'bezoar export --model runs/merged --adapter runs/dpo --format gguf --type q8_0 --out runs/gguf',
  args: {
    model: { type: 'string', description: 'Hugging Face model folder', required: true, valueHint: 'DIR' },
    adapter: { type: 'string', description: 'PEFT folder to fold into it', valueHint: 'DIR' },
    out: { type: 'string', description: 'folder for what is written', required: true, valueHint: 'DIR' },
    format: { type: 'string', description: 'gguf (the default) or safetensors', valueHint: 'FORMAT' },
    type: {
      type: 'string',
      description:
        'gguf: f32, f16, bf16, q8_0 (the default) or q4_0; safetensors: f32, f16 or bf16 (the default)',
      valueHint: 'TYPE',
    },
    name: {
      type: 'string',
      description: 'the model’s name in the file; its folder’s by default',
      valueHint: 'NAME',
    },
    'chat-template': {
      type: 'string',
      description: 'Jinja file; the model’s own by default',
      valueHint: 'FILE',
    },
    'max-shard-gb': {
      type: 'string',
      description: 'safetensors: size of a file; 5 by default',
      valueHint: 'N',
    },
    ...computeArgs,
  },
  run: (args, io) => {
    const shard = numberFlag('max-shard-gb', args['max-shard-gb']);
    return runStageCommand({
      name: 'export',
      out: args.out,
      io,
      settings: {
        base: inputPath(args.model),
        ...(args.adapter === undefined ? {} : { adapter: inputPath(args.adapter) }),
        ...computeSettings(args),
      },
      stage: definite({
        kind: 'export',
        from: 'base',
        format: args.format ?? 'gguf',
        type: args.type,
        name: args.name ?? basename(resolve(args.model)),
        chatTemplate: args['chat-template'] === undefined ? undefined : inputPath(args['chat-template']),
        maxShardBytes: shard === undefined ? undefined : shard * 1e9,
      }),
    });
  },
});
