import { createReferenceBackend } from '@bezoar/backend';
import type { ChatMessage } from '@bezoar/core';
import { openAnswerFile } from '@bezoar/eval';
import { alpacaTemplate, openbezoarTemplate } from '@bezoar/qlora';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';
import { conversationPrompt } from './conversation-prompt.ts';
import { createLocalChatModel } from './create-local-chat-model.ts';
import { openModel, type LocalModel } from './local-model.ts';

const folder = temporaryFolder();
const backend = createReferenceBackend();
let local: LocalModel;
beforeAll(async () => {
  await writeTinyModel(join(folder.path, 'tiny'));
  local = await openModel({ folder: join(folder.path, 'tiny'), backend, weights: 'f32' });
});
afterAll(async () => {
  local.dispose();
  await backend.dispose();
  folder.remove();
});

const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });

describe('conversationPrompt', () => {
  const talk = [user('One?'), assistant('1'), user('Two?')];
  it('puts further turns of a template of sections behind each other, the system text once', () => {
    expect(conversationPrompt(openbezoarTemplate({ system: 'Be kind.' }), talk)).toBe(
      '### System:\nBe kind.\n\n### Instruction:\nOne?\n\n### Response:\n1\n\n### Instruction:\nTwo?\n\n### Response:\n',
    );
    const alpaca = conversationPrompt(alpacaTemplate(), talk);
    expect(alpaca.match(/Below is/g)).toHaveLength(1);
    expect(alpaca.match(/### Instruction:/g)).toHaveLength(2);
  });
  it('is the training prompt for one turn, an own system text included', () => {
    const template = openbezoarTemplate();
    expect(conversationPrompt(template, [user('One?')])).toBe(template.renderPrompt({ instruction: 'One?' }));
    expect(conversationPrompt(template, [{ role: 'system', content: 'S' }, user('One?')])).toBe(
      template.renderPrompt({ instruction: 'One?', system: 'S' }),
    );
  });
});

describe('createLocalChatModel', () => {
  const model = (file: string, seed = 0): ReturnType<typeof createLocalChatModel> =>
    createLocalChatModel({
      name: 'tiny',
      local,
      template: openbezoarTemplate({ system: 'S' }),
      answers: openAnswerFile(join(folder.path, file)),
      scope: 'tiny f32',
      seed,
    });
  const warm = { temperature: 1, maxTokens: 8 };
  it('answers a request alike whatever came before, and from the file without computing', async () => {
    const [a, b] = [[user('What color is the robin?')], [user('Where does the owl live?')]];
    const first = model('first.jsonl');
    const texts = [
      await first.complete({ messages: a, ...warm }),
      await first.complete({ messages: b, ...warm }),
    ].map(({ text }) => text);
    const second = model('second.jsonl');
    const other = [
      await second.complete({ messages: b, ...warm }),
      await second.complete({ messages: a, ...warm }),
    ].map(({ text }) => text);
    expect(other.toReversed()).toEqual(texts);
    expect(await model('first.jsonl').complete({ messages: a, ...warm })).toMatchObject({
      text: texts[0],
      cached: true,
    });
    expect((await model('third.jsonl', 1).complete({ messages: a, ...warm })).text).not.toBe(texts[0]);
  });
  it('says that a conversation leaves no place for an answer', async () => {
    const long = { messages: [user('robin '.repeat(600))], maxTokens: 8 };
    await expect(model('long.jsonl').complete(long)).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    // 512 positions: the answer gets what is left.
    const fits = { messages: [user('x'.repeat(440))], maxTokens: 1024 };
    const { usage } = await model('fits.jsonl').complete(fits);
    expect(usage.inputTokens).toBeGreaterThan(440);
    expect(usage.inputTokens + usage.outputTokens).toBeLessThanOrEqual(512);
  });
});
