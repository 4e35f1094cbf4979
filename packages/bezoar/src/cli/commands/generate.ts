import { BezoarError, createRng } from '@bezoar/core';
import { generateTokens } from '@bezoar/model';
import { renderPrompt } from '@bezoar/qlora';
import { resolve } from 'node:path';
import { openBackend } from '../../run/run-resources.ts';
import { openModel } from '../../stages/local-model.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings } from '../common-args.ts';
import { numberFlag } from '../flags.ts';
import { parseComputeSettings } from '../parse-compute-settings.ts';

export const generate: CliCommand = cliCommand({
  name: 'generate',
  description: 'Let a local model write.',
  example: 'bezoar generate --model runs/merged --instruction "What color is the robin?"',
  args: {
    model: { type: 'string', description: 'Hugging Face model folder', required: true, valueHint: 'DIR' },
    adapter: { type: 'string', description: 'PEFT folder', valueHint: 'DIR' },
    prompt: { type: 'string', description: 'text to continue', valueHint: 'TEXT' },
    instruction: {
      type: 'string',
      description: 'instruction, put into the prompt template',
      valueHint: 'TEXT',
    },
    system: { type: 'string', description: "the prompt template's system text", valueHint: 'TEXT' },
    'max-new-tokens': { type: 'string', description: 'most tokens to write', default: '128', valueHint: 'N' },
    temperature: {
      type: 'string',
      description: '0 takes the most likely token',
      default: '0',
      valueHint: 'X',
    },
    ...computeArgs,
  },
  async run(args, io) {
    const { stdout } = io;
    if ((args.prompt === undefined) === (args.instruction === undefined))
      throw new BezoarError('BAD_CONFIG', 'bezoar generate needs either --prompt or --instruction.');
    const text = args.prompt ?? renderPrompt({ instruction: args.instruction!, system: args.system });
    const { weights, backend: choice, seed } = parseComputeSettings('generate', computeSettings(args));
    const maxNewTokens = numberFlag('max-new-tokens', args['max-new-tokens'])!;
    const temperature = numberFlag('temperature', args.temperature)!;
    const backend = await openBackend(choice);
    try {
      const local = await openModel({
        folder: resolve(args.model),
        ...(args.adapter === undefined ? {} : { adapter: resolve(args.adapter) }),
        backend,
        weights,
      });
      const { tokenizer, model } = local;
      const prompt = tokenizer.encode(text);
      let written = '';
      const write = (tokens: readonly number[]): void => {
        const whole = tokenizer.decode(tokens);
        // A character may take several tokens: wait until it is whole.
        if (whole.endsWith('\ufffd')) return;
        stdout.write(whole.slice(written.length));
        written = whole;
      };
      const [result] = await generateTokens(model, {
        prompts: [tokenizer.bosId === undefined ? prompt : [tokenizer.bosId, ...prompt]],
        maxNewTokens,
        temperature,
        rng: createRng(seed),
        stopIds: model.config.eosTokenIds,
        stopWhen: (_, tokens) => {
          write(tokens);
          return false;
        },
      });
      stdout.write(`${tokenizer.decode(result!.tokens).slice(written.length)}\n`);
      local.dispose();
    } finally {
      await backend.dispose();
    }
  },
});
