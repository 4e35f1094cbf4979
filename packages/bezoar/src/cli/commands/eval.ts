import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { chatArgs, chatModelSettings, computeArgs, computeSettings } from '../common-args.ts';
import { listFlag, numberFlag } from '../flags.ts';
import { inputPath } from '../input-path.ts';
import { isServed } from '../is-served.ts';
import { runStageCommand } from '../run-stage-command.ts';
import { templateArgs, templateSettings } from '../template-args.ts';

export const evaluate: CliCommand = cliCommand({
  name: 'eval',
  description: 'Score a model as LM-Eval-Harness does.',
  example: 'bezoar eval --model runs/merged --task arc_challenge --data arc-test.jsonl --out runs/arc',
  args: {
    model: {
      type: 'string',
      description: 'Hugging Face model folder, or openai:NAME behind an API',
      required: true,
      valueHint: 'DIR',
    },
    api: {
      type: 'string',
      description: 'of an API: completions (the default), which can score texts, or chat',
      valueHint: 'NAME',
    },
    'base-url': chatArgs['base-url'],
    'api-key-env': chatArgs['api-key-env'],
    concurrency: chatArgs.concurrency,
    adapter: { type: 'string', description: 'PEFT folder', valueHint: 'DIR' },
    task: {
      type: 'string',
      description: 'tasks and groups, with commas, or a task file of the harness',
      required: true,
      valueHint: 'NAMES',
    },
    data: {
      type: 'string',
      description:
        "their documents; the task's data set on the Hub by default. {task}, {config}, {split} stand for names",
      valueHint: 'FILE',
    },
    profile: {
      type: 'string',
      description: 'whose version of the tasks: latest (the default) or lm-eval@0.4.0',
      valueHint: 'NAME',
    },
    out: { type: 'string', description: 'folder for results', required: true, valueHint: 'DIR' },
    'num-fewshot': {
      type: 'string',
      description: "examples in the prompt; the task's own by default",
      valueHint: 'N',
    },
    'fewshot-data': {
      type: 'string',
      description: 'documents that examples are drawn from',
      valueHint: 'FILE',
    },
    limit: { type: 'string', description: 'takes the first documents only', valueHint: 'N' },
    bos: { type: 'string', description: 'BOS before prompts: tokenizer, always or never', valueHint: 'MODE' },
    ...templateArgs,
    ...computeArgs,
  },
  run: (args, io) =>
    runStageCommand({
      name: 'eval',
      out: args.out,
      io,
      settings: {
        ...(isServed(args.model)
          ? { models: { served: definite(chatModelSettings(args.model, args)) } }
          : { base: inputPath(args.model) }),
        ...(args.adapter === undefined ? {} : { adapter: inputPath(args.adapter) }),
        template: templateSettings(args),
        ...computeSettings(args),
      },
      stage: definite({
        kind: 'eval',
        ...(isServed(args.model) ? { served: ['served'] } : { models: ['base'] }),
        api: args.api,
        concurrency: numberFlag('concurrency', args.concurrency),
        tasks: (listFlag(args.task) ?? []).map((kind) =>
          definite({
            kind,
            docs: args.data === undefined ? undefined : inputPath(args.data),
            numFewshot: numberFlag('num-fewshot', args['num-fewshot']),
            fewshotDocs: args['fewshot-data'] === undefined ? undefined : inputPath(args['fewshot-data']),
          }),
        ),
        profile: args.profile,
        limit: numberFlag('limit', args.limit),
        bos: args.bos,
      }),
    }),
});
