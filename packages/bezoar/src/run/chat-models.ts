import { BezoarError } from '@bezoar/core';
import {
  createAnthropicBatchApi,
  createAnthropicModel,
  createOpenAiBatchApi,
  createOpenAiCompletions,
  createOpenAiModel,
  createScriptedModel,
  parseModelSpec,
  type BatchApi,
  type ChatModel,
  type ChatRequest,
  type CompletionModel,
} from '@bezoar/llm';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ChatModelChoice, Recipe } from '../recipe/recipe.ts';

export interface ChatModelContext extends ModelContext {
  readonly recipe: Pick<Recipe, 'models' | 'baseURL' | 'queue'>;
}

export interface ModelContext {
  readonly recipe: Pick<Recipe, 'baseURL'>;
  /** Absolute path of a file that the recipe names. */
  readonly resolve: (path: string) => string;
  /** Where keys are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What decides a chat model's answers: its name, and for a script its text and that of the files that it imports. */
export async function chatModelPrint(name: string, { recipe, resolve }: ChatModelContext): Promise<string> {
  const { provider, model } = parseModelSpec(choiceOf(recipe, name).model);
  if (provider !== 'script') return `${provider}:${model}`;
  return `script:${await hashScript(resolve(model), new Set())}`;
}

/** A chat model of the recipe before it has ledger, limits and budget. */
export type OpenedChat =
  | { readonly kind: 'single'; readonly id: string; readonly model: ChatModel }
  /** Makes its calls in batches. */
  | { readonly kind: 'batch'; readonly id: string; readonly api: BatchApi }
  /** Its calls are made by others. */
  | { readonly kind: 'queued'; readonly id: string };

/**
 * Opens a chat model of the recipe. Throws BezoarError PROVIDER_AUTH (no key), NOT_FOUND or BAD_CONFIG (a script that does
 * not export a function) before any call is made.
 */
export async function openChatModel(name: string, context: ChatModelContext): Promise<OpenedChat> {
  const { recipe, resolve } = context;
  const choice = choiceOf(recipe, name);
  if (recipe.queue !== undefined) return queued(choice, resolve);
  if (choice.batch === true) {
    const api = openBatchApi(choice, context);
    return { kind: 'batch', id: api.id, api };
  }
  const model = await openModel(choice, context);
  return { kind: 'single', id: model.id, model };
}

/** The completions of a model of the recipe, of which the ledger knows nothing. Throws BezoarError BAD_CONFIG, or PROVIDER_AUTH. */
export function openCompletions(name: string, context: ChatModelContext): CompletionModel {
  const choice = choiceOf(context.recipe, name);
  if (parseModelSpec(choice.model).provider === 'openai')
    return createOpenAiCompletions(clientOptions(choice, context));
  throw new BezoarError('BAD_CONFIG', `${choice.model} has no completions.`, {
    advice: 'Use api: chat, or a model behind the OpenAI protocol.',
  });
}

/** Opens what a choice names, for calls one by one. Throws as `openChatModel` does. */
export async function openModel(choice: ChatModelChoice, context: ModelContext): Promise<ChatModel> {
  const { provider, model } = parseModelSpec(choice.model);
  if (provider === 'script') return openScript(context.resolve(model), model);
  const options = clientOptions(choice, context);
  return provider === 'openai' ? createOpenAiModel(options) : createAnthropicModel(options);
}

function openBatchApi(choice: ChatModelChoice, context: ModelContext): BatchApi {
  const { provider } = parseModelSpec(choice.model);
  if (provider === 'script') {
    throw new BezoarError('BAD_CONFIG', `${choice.model} is a script, which has no batches.`, {
      advice: 'Leave batch away.',
    });
  }
  const options = clientOptions(choice, context);
  return provider === 'openai' ? createOpenAiBatchApi(options) : createAnthropicBatchApi(options);
}

interface ClientOptions {
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly baseURL: string | undefined;
}

function clientOptions(choice: ChatModelChoice, { recipe, env }: ModelContext): ClientOptions {
  const { provider, model } = parseModelSpec(choice.model);
  const variable = choice.apiKeyEnv ?? (provider === 'openai' ? 'OPENAI_API_KEY' : 'ANTHROPIC_API_KEY');
  if (choice.apiKeyEnv !== undefined && (env[variable] ?? '') === '') {
    throw new BezoarError('PROVIDER_AUTH', `${variable}, the key of ${choice.model}, is not set.`, {
      advice: `Set ${variable} in the environment.`,
    });
  }
  return { model, apiKey: env[variable], baseURL: choice.baseURL ?? recipe.baseURL };
}

/** Neither a key nor a server is asked for: the workers have them. */
async function queued(
  { model: spec, batch }: ChatModelChoice,
  resolve: (path: string) => string,
): Promise<OpenedChat> {
  if (batch === true)
    throw new BezoarError('BAD_CONFIG', `${spec} cannot be asked in batches and over a queue.`, {
      advice: 'Leave one of the two away: batches are made by the process that runs the recipe.',
    });
  const { provider, model } = parseModelSpec(spec);
  const id = provider === 'script' ? `scripted:${await scriptName(resolve(model))}` : `${provider}:${model}`;
  return { kind: 'queued', id };
}

function choiceOf({ models }: Pick<Recipe, 'models'>, name: string): ChatModelChoice {
  const choice = models[name];
  if (choice === undefined) throw new BezoarError('BAD_CONFIG', `There is no chat model ${name}.`);
  return choice;
}

async function openScript(path: string, name: string): Promise<ChatModel> {
  const ownName = await scriptName(path);
  const module = (await import(pathToFileURL(path).href).catch((cause: unknown) => {
    throw new BezoarError(
      'BAD_CONFIG',
      `The script ${name} could not be loaded: ${(cause as Error).message}.`,
      {
        cause,
      },
    );
  })) as { readonly default?: unknown };
  if (typeof module.default !== 'function') {
    throw new BezoarError('BAD_CONFIG', `The script ${name} has no function as its default export.`, {
      advice: 'Write: export default (request) => "…";',
    });
  }
  const reply = module.default as (request: ChatRequest) => string | Promise<string>;
  return createScriptedModel({ name: ownName, reply });
}

/** Changes with the script's text. */
async function scriptName(path: string): Promise<string> {
  return `${basename(path)}#${(await hashScript(path, new Set())).slice(0, 12)}`;
}

/** Over a script's text and, recursively, its relative imports. */
async function hashScript(path: string, seen: Set<string>): Promise<string> {
  seen.add(path);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new BezoarError('NOT_FOUND', `There is no script ${path}.`, { advice: 'Check the path.', cause });
  });
  const hash = createHash('sha256').update(text);
  for (const [, specifier = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)) {
    const imported = resolvePath(dirname(path), specifier);
    if (!seen.has(imported)) hash.update(await hashScript(imported, seen));
  }
  return hash.digest('hex');
}
