import { parseOrThrow } from '@bezoar/core';
import { readJson, readText, type FolderSource } from '@bezoar/formats';
import { z } from 'zod';

export interface ChatTemplateSource {
  readonly source: string;
  /** The file that it comes from, for messages. */
  readonly what: string;
}

/** In files of several templates, the one that is used has this name. */
const usual = 'default';

const schema = z.looseObject({
  chat_template: z
    .union([
      z.string(),
      z
        .array(z.object({ name: z.string(), template: z.string() }))
        .transform((list) => (list.find(({ name }) => name === usual) ?? list[0])?.template),
    ])
    .nullish(),
});

/**
 * The chat template of a model folder: `chat_template.jinja`, else the one in `chat_template.json` or
 * `tokenizer_config.json`. Undefined when there is none. Throws BezoarError BAD_FILE.
 */
export async function loadChatTemplate(folder: FolderSource): Promise<ChatTemplateSource | undefined> {
  const own = 'chat_template.jinja';
  if (await folder.exists(own)) return { source: await readText(folder, own), what: `${folder.name}/${own}` };
  for (const file of ['chat_template.json', 'tokenizer_config.json']) {
    if (!(await folder.exists(file))) continue;
    const what = `${folder.name}/${file}`;
    const { chat_template: source } = parseOrThrow(schema, await readJson(folder, file), {
      what,
      code: 'BAD_FILE',
    });
    if (typeof source === 'string') return { source, what };
  }
  return undefined;
}
