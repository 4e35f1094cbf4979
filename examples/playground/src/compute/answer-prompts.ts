import { generateTokens, type CausalLM, type Tokenizer } from '@bezoar/model';
import { openbezoarTemplate } from '@bezoar/qlora';

export interface AnswerOptions {
  readonly model: CausalLM;
  readonly tokenizer: Tokenizer;
  readonly system: string;
  readonly prompts: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Greedy, as `bezoar generate --instruction` does it, and up to the end of a line. */
export async function answerPrompts(options: AnswerOptions): Promise<string[]> {
  const { model, tokenizer, system, prompts, signal } = options;
  const template = openbezoarTemplate({ system });
  const results = await generateTokens(model, {
    prompts: prompts.map((instruction) => {
      const ids = tokenizer.encode(template.renderPrompt({ instruction }));
      return tokenizer.bosId === undefined ? ids : [tokenizer.bosId, ...ids];
    }),
    maxNewTokens: 40,
    stopIds: model.config.eosTokenIds,
    ...(signal === undefined ? {} : { signal }),
  });
  return results.map(({ tokens }) => tokenizer.decode(tokens).trim());
}
