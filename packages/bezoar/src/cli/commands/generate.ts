import { BezoarError, createRng } from '@bezoar/core';
import { encoderOf, generateTokens, type Tokenizer } from '@bezoar/model';
import type { PromptTemplate } from '@bezoar/qlora';
import { resolve } from 'node:path';
import { openRunInputs } from '../../run/open-run-inputs.ts';
import { openBackend } from '../../run/open-backend.ts';
import { openModel } from '../../stages/local-model.ts';
import { openTemplate } from '../../stages/open-template.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { computeArgs, computeSettings } from '../common-args.ts';
import { numberFlag } from '../flags.ts';
import { parseComputeSettings } from '../parse-compute-settings.ts';
import { createProgress } from '../progress.ts';
import { templateArgs, templateSettings } from '../template-args.ts';

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
    input: { type: 'string', description: 'what the instruction is about', valueHint: 'TEXT' },
    'max-new-tokens': { type: 'string', description: 'most tokens to write', default: '128', valueHint: 'N' },
    temperature: {
      type: 'string',
      description: '0 takes the most likely token',
      default: '0',
      valueHint: 'X',
    },
    ...templateArgs,
    ...computeArgs,
  },
  async run(args, io) {
    const { stdout } = io;
    if ((args.prompt === undefined) === (args.instruction === undefined))
      throw new BezoarError('BAD_CONFIG', 'bezoar generate needs either --prompt or --instruction.');
    const {
      weights,
      backend: choice,
      seed,
      template: chosen,
    } = parseComputeSettings('generate', { template: templateSettings(args), ...computeSettings(args) });
    const models = [args.model, ...(args.adapter === undefined ? [] : [args.adapter])];
    const progress = createProgress(io);
    const inputs = await openRunInputs({
      models,
      data: [],
      resolve,
      env: io.env,
      emit: (event) => progress.show(event),
    });
    await inputs.fetch(models);
    progress.end();
    const template = await openTemplate({
      recipe: { template: chosen, base: args.model },
      resolve: inputs.path,
    });
    const maxNewTokens = numberFlag('max-new-tokens', args['max-new-tokens'])!;
    const temperature = numberFlag('temperature', args.temperature)!;
    const backend = await openBackend(choice);
    try {
      const local = await openModel({
        folder: inputs.path(args.model),
        ...(args.adapter === undefined ? {} : { adapter: inputs.path(args.adapter) }),
        backend,
        weights,
      });
      const { tokenizer, model } = local;
      const prompt = promptTokens(args, { tokenizer, template });
      let written = '';
      const write = (tokens: readonly number[]): void => {
        const whole = tokenizer.decode(tokens);
        // A character may take several tokens: wait until it is whole.
        if (whole.endsWith('\ufffd')) return;
        stdout.write(whole.slice(written.length));
        written = whole;
      };
      const [result] = await generateTokens(model, {
        prompts: [prompt],
        maxNewTokens,
        temperature,
        rng: createRng(seed),
        stopIds: [...model.config.eosTokenIds, ...(args.prompt === undefined ? template.stopIds : [])],
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

interface PromptArgs {
  readonly prompt?: string | undefined;
  readonly instruction?: string | undefined;
  readonly input?: string | undefined;
}

/** The text as it is, or the instruction in the template; special tokens as in training. */
function promptTokens(
  { prompt, instruction, input }: PromptArgs,
  { tokenizer, template }: { readonly tokenizer: Tokenizer; readonly template: PromptTemplate },
): number[] {
  const { addBos, rendered } = prompt === undefined ? template.encoding : { addBos: true, rendered: false };
  const ids = encoderOf(tokenizer, { rendered })(
    prompt ?? template.renderPrompt({ instruction: instruction!, input }),
  );
  return addBos && tokenizer.bosId !== undefined ? [tokenizer.bosId, ...ids] : ids;
}
