import { basename } from 'node:path';
import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { callSettings, chatArgs, chatModelSettings, computeArgs, computeSettings } from '../common-args.ts';
import { listFlag, numberFlag } from '../flags.ts';
import { inputPath } from '../input-path.ts';
import { isServed } from '../is-served.ts';
import { runStageCommand } from '../run-stage-command.ts';
import { templateArgs, templateSettings } from '../template-args.ts';

export const mtBench: CliCommand = cliCommand({
  name: 'mt-bench',
  description: 'Answer the questions of MT-Bench, and let a model judge the answers.',
  example:
    'bezoar mt-bench --model runs/merged --questions question.jsonl --references gpt-4.jsonl --judge openai:gpt-4 --out runs/mt-bench',
  args: {
    questions: {
      type: 'string',
      description: "FastChat's question.jsonl",
      required: true,
      valueHint: 'FILE',
    },
    out: {
      type: 'string',
      description: 'folder for answers, judgments and report',
      required: true,
      valueHint: 'DIR',
    },
    model: {
      type: 'string',
      description: 'that answers: a Hugging Face model folder, or a chat model',
      valueHint: 'MODEL',
    },
    adapter: { type: 'string', description: 'PEFT folder', valueHint: 'DIR' },
    name: { type: 'string', description: 'what the model is called in files and tables', valueHint: 'NAME' },
    answers: {
      type: 'string',
      description: "answers of further models, FastChat's files, with commas",
      valueHint: 'FILES',
    },
    'max-new-tokens': { type: 'string', description: 'of an answer; 1,024 by default', valueHint: 'N' },
    judge: { type: 'string', description: 'chat model that judges', valueHint: 'MODEL' },
    'judge-base-url': {
      type: 'string',
      description: 'the same as --base-url, for the judge',
      valueHint: 'URL',
    },
    'judge-api-key-env': { type: 'string', description: "variable with the judge's key", valueHint: 'NAME' },
    'judge-settings': {
      type: 'string',
      description: 'strict-1, fastchat-gpt-4 or fastchat-claude-2.1',
      valueHint: 'NAME',
    },
    prompts: {
      type: 'string',
      description: "FastChat's judge_prompts.jsonl; our own prompts by default",
      valueHint: 'FILE',
    },
    references: {
      type: 'string',
      description: 'reference answers for math, reasoning and coding',
      valueHint: 'FILE',
    },
    mode: {
      type: 'string',
      description: 'single, pairwise-baseline or pairwise-all',
      valueHint: 'MODE',
    },
    baseline: {
      type: 'string',
      description: 'the model that the others are compared with',
      valueHint: 'NAME',
    },
    judgments: {
      type: 'string',
      description: "sums up a file of FastChat's in the place of a judge",
      valueHint: 'FILE',
    },
    'human-votes': { type: 'string', description: 'votes to compare the judge with', valueHint: 'FILE' },
    limit: { type: 'string', description: 'takes the first questions only', valueHint: 'N' },
    ...chatArgs,
    ...templateArgs,
    ...computeArgs,
  },
  async run(args, io) {
    const { model, adapter, judge } = args;
    const served = model !== undefined && isServed(model);
    const name = args.name ?? (model === undefined ? undefined : modelName(adapter ?? model));
    // The judge may have the same name as the model that it judges.
    const judgeName = judge === undefined ? undefined : modelName(judge);
    const judgeKey = judgeName !== undefined && judgeName === name ? `${judgeName}-judge` : judgeName;
    const file = (value: string | undefined): string | undefined =>
      value === undefined ? undefined : inputPath(value);
    const judgeArgs = {
      ...args,
      'base-url': args['judge-base-url'],
      'api-key-env': args['judge-api-key-env'],
    };
    await runStageCommand({
      name: 'mt-bench',
      out: args.out,
      io,
      settings: {
        ...(await callSettings(args)),
        ...(model === undefined || served ? {} : definite({ base: file(model), adapter: file(adapter) })),
        template: templateSettings(args),
        ...computeSettings(args),
        models: {
          ...(served ? { [name!]: chatModelSettings(model, args) } : {}),
          ...(judgeKey === undefined ? {} : { [judgeKey]: chatModelSettings(judge!, judgeArgs) }),
        },
      },
      stage: definite({
        kind: 'mt-bench',
        questions: inputPath(args.questions),
        models: model === undefined || served ? undefined : ['base'],
        names: model === undefined || served ? undefined : { base: name },
        served: served ? [name] : undefined,
        answers: listFlag(args.answers)?.map(inputPath),
        judge: judgeKey,
        judgments: file(args.judgments),
        settings: args['judge-settings'],
        prompts: file(args.prompts),
        references: file(args.references),
        mode: args.mode,
        baseline: args.baseline,
        humanVotes: file(args['human-votes']),
        maxTokens: numberFlag('max-new-tokens', args['max-new-tokens']),
        limit: numberFlag('limit', args.limit),
        concurrency: numberFlag('concurrency', args.concurrency),
      }),
    });
  },
});

/** The last part of a folder, of `provider:model`, or of a script without its ending, as it can name a file. */
function modelName(model: string): string {
  const last = basename(model.replace(/^[^:]*:/, '')).replace(/\.[cm]?[jt]s$/, '');
  return last.replace(/[^\w.-]+/g, '-');
}
