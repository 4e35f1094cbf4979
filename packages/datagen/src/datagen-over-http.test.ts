import { createOpenAiModel } from '@bezoar/llm';
import { startChatServer, type ChatServer } from '@bezoar/llm/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { drive } from './__fixtures__/drive.ts';
import { evolve } from './evol/evolve.ts';
import { generateLaMini } from './lamini/generate-lamini.ts';
import { parseSeeds } from './parse-seeds.ts';

let server: ChatServer;
afterEach(() => server.close());

const dolly = join(process.env['BEZOAR_DATA_DIR'] ?? '/nowhere', 'seeds/dolly-151.jsonl');

/** A teacher behind HTTP that invents instructions, evolves and answers. */
async function startTeacher(): Promise<ChatServer> {
  server = await startChatServer({
    reply({ messages, index }) {
      const prompt = messages.at(-1)!.content;
      if (prompt.includes('new instructions'))
        return Array.from(
          { length: 20 },
          (_, i) => `<example>Invented instruction ${index}-${i}, please do it</example>`,
        ).join('\n');
      if (prompt.includes('short topics')) return 'history\nmusic';
      if (prompt.includes('#Given Prompt#')) return `Evolved ${index}: explain it to a child`;
      return `A long enough answer about ${prompt.slice(0, 20)}.`;
    },
  });
  return server;
}

describe('schemes over HTTP', () => {
  it('stop at the first 401 with one typed error', async () => {
    server = await startChatServer({
      reply: () => ({ status: 401, body: { error: { message: 'bad key' } } }),
    });
    const model = createOpenAiModel({ model: 'teacher', baseURL: server.url, apiKey: 'sk-wrong' });
    const run = drive(
      generateLaMini({
        model,
        seeds: [{ instruction: 'a', context: '' }],
        count: 400,
        topicShare: 0,
        concurrency: 4,
      }),
    );
    await expect(run).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  it.skipIf(!existsSync(dolly))(
    `run on real seeds${existsSync(dolly) ? '' : ' (skipped: BEZOAR_DATA_DIR has no dolly seeds)'}`,
    async () => {
      const { url } = await startTeacher();
      const model = createOpenAiModel({ model: 'teacher', baseURL: url });
      const seeds = parseSeeds(
        readFileSync(dolly, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
        { what: dolly },
      );
      expect(seeds).toHaveLength(151);
      const lamini = (await drive(generateLaMini({ model, seeds, count: 50, duplicateThreshold: 1 }))).result;
      expect(lamini.rows).toHaveLength(50);
      const evolved = (await drive(evolve({ model, seeds: seeds.slice(0, 30), rounds: 1 }))).result;
      expect(evolved.funnel.input).toBe(30);
    },
  );
});
