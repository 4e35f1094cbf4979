import { BezoarError } from '@bezoar/core';
import { readText, type FolderSource } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { createChatTemplate, loadChatTemplate, loadTokenizer, type ChatTemplateSource } from '@bezoar/model';
import { alpacaTemplate, chatPromptTemplate, openbezoarTemplate, type PromptTemplate } from '@bezoar/qlora';
import { basename, dirname } from 'node:path';
import type { Recipe } from '../recipe/recipe.ts';

export interface OpenTemplateOptions {
  /** Chat templates need the base model. */
  readonly recipe: Pick<Recipe, 'template' | 'base'>;
  /** Absolute path of a file that the recipe names. */
  readonly resolve: (path: string) => string;
}

/** The template that a recipe or flags choose. Throws BezoarError BAD_CONFIG, NOT_FOUND or BAD_FILE. */
export async function openTemplate({ recipe, resolve }: OpenTemplateOptions): Promise<PromptTemplate> {
  const { template, base } = recipe;
  const { kind, system, chatTemplate, train, date } = template;
  if (kind === 'openbezoar') return openbezoarTemplate({ system });
  if (kind === 'alpaca') return alpacaTemplate({ system });
  if (base === undefined) {
    throw new BezoarError(
      'BAD_CONFIG',
      'A chat template needs the base model: its tokenizer has the special tokens.',
      {
        advice: 'Add base: ./model-folder.',
      },
    );
  }
  const folder = openFolder(resolve(base));
  const { source, what } =
    chatTemplate === undefined ? await ownTemplate(folder) : await givenTemplate(resolve(chatTemplate));
  // Every tokenizer that comes from a folder has it.
  const text = (await loadTokenizer(folder)).rendered!;
  const chat = createChatTemplate({
    source,
    what,
    text,
    date: date === undefined ? undefined : new Date(date),
  });
  return chatPromptTemplate({ template: chat, text, system, train });
}

async function ownTemplate(folder: FolderSource): Promise<ChatTemplateSource> {
  const own = await loadChatTemplate(folder);
  if (own !== undefined) return own;
  throw new BezoarError('NOT_FOUND', `${folder.name} has no chat template.`, {
    advice: 'It is a base model then: give a template (chatTemplate: ./chat.jinja), or use kind: alpaca.',
  });
}

async function givenTemplate(path: string): Promise<ChatTemplateSource> {
  return { source: await readText(openFolder(dirname(path)), basename(path)), what: path };
}
