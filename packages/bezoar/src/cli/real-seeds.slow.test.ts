import {
  droppedRowSchema,
  instructionRowSchema,
  seedSchema,
  type DroppedRow,
  type Funnel,
} from '@bezoar/core';
import { seedText } from '@bezoar/datagen';
import { startChatServer, type ChatServer } from '@bezoar/llm/testing';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pureTeacher from '../__fixtures__/pure-teacher.ts';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const dolly = join(process.env['BEZOAR_DATA_DIR'] ?? '/nowhere', 'seeds', 'dolly-151.jsonl');
const missing = !existsSync(dolly);
const title = missing ? 'real seeds (skipped: BEZOAR_DATA_DIR has no seeds/dolly-151.jsonl)' : 'real seeds';
const script = fileURLToPath(new URL('../__fixtures__/pure-teacher.ts', import.meta.url));
const docs = fileURLToPath(new URL('../../../../docs', import.meta.url));
const handbook = [
  'datagen.md',
  ...readdirSync(join(docs, 'datagen')).map((page) => join('datagen', page)),
].map((page) => readFileSync(join(docs, page), 'utf8'));

const linesOf = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

const stages = ['made', 'evolved', 'explained', 'kept-made', 'kept-evolved', 'kept-explained'];

const recipe = (model: string): string => `name: real-seeds
seed: 11
models: { teacher: ${model}, judge: ${model} }
stages:
  made: { kind: lamini, model: teacher, seeds: ${dolly}, count: 100 }
  evolved: { kind: evol, model: teacher, judge: judge, seeds: ${dolly}, rounds: 2 }
  explained: { kind: orca, model: teacher, rows: ./flan.jsonl }
  kept-made: { kind: filter, rows: made, judges: [judge] }
  kept-evolved: { kind: filter, rows: evolved, judges: [judge] }
  kept-explained: { kind: filter, rows: explained, judges: [judge] }
`;

/** Seeds as rows of the FLAN collection: their context and instruction are the input, their answer's first words the target. */
function flanRows(): unknown[] {
  const sources = ['CoT', 'NIv2', 'P3', 'Flan2021'];
  return linesOf(dolly).map((line, index) => {
    const seed = seedSchema.parse(line);
    const { response } = line as { readonly response: string };
    return {
      inputs: seedText(seed),
      targets: response.split(/\s+/).slice(0, 3).join(' '),
      task_source: sources[index % 4]!,
      task_name: seed.category ?? 'dolly',
      template_type: index % 8 === 3 ? 'zs_opt' : 'zs_noopt',
    };
  });
}

describe.skipIf(missing)(title, () => {
  const folder = temporaryFolder();
  const at = (...names: string[]): string => join(folder.path, ...names);
  let server: ChatServer;

  async function run(name: string, model: string): Promise<void> {
    folder.file(`${name}.yaml`, recipe(model));
    const result = await spawnCli(['run', `${name}.yaml`, '--run-dir', name], { cwd: folder.path });
    expect(result).toMatchObject({ code: 0 });
  }

  beforeAll(async () => {
    folder.jsonl('flan.jsonl', flanRows());
    server = await startChatServer({
      reply: ({ messages, body }) =>
        pureTeacher({ messages, sampleIndex: body['seed'] as number | undefined }),
    });
    await run('scripted', `'script:${script}'`);
    await run('served', `{ model: 'openai:pure', baseURL: '${server.url}' }`);
  });
  afterAll(async () => {
    await server.close();
    folder.remove();
  });

  it('gives the same rows from a script and from a server', () => {
    expect(server.requests.length).toBeGreaterThan(1000);
    for (const stage of stages) {
      for (const file of ['rows.jsonl', 'dropped.jsonl', 'funnel.json'])
        expect(readFileSync(at('served', stage, file), 'utf8'), `${stage}/${file}`).toBe(
          readFileSync(at('scripted', stage, file), 'utf8'),
        );
    }
  });

  it('accounts for every row of every stage, with a reason that the handbook explains', () => {
    const explained = new Set(handbook.join('\n').match(/(?<=`)[a-z]+(?:-[a-z]+)*(?=`)/g));
    const seen = new Set<string>();
    const kept = new Map<string, number>();
    const inputs = new Map<string, number>();
    for (const stage of stages) {
      const rows = linesOf(at('served', stage, 'rows.jsonl')).map((row) => instructionRowSchema.parse(row));
      const dropped = linesOf(at('served', stage, 'dropped.jsonl')).map((row): DroppedRow =>
        droppedRowSchema.parse(row),
      );
      const funnel = JSON.parse(readFileSync(at('served', stage, 'funnel.json'), 'utf8')) as Funnel;
      const counts: Record<string, number> = {};
      for (const row of dropped) {
        expect(row.stage).toBe(stage);
        expect(explained, row.reason).toContain(row.reason);
        seen.add(row.reason);
        counts[row.reason] = (counts[row.reason] ?? 0) + 1;
      }
      expect(funnel).toEqual({
        stage,
        input: rows.length + dropped.length,
        kept: rows.length,
        dropped: counts,
      });
      expect(new Set(rows.map(({ id }) => id)).size, stage).toBe(rows.length);
      kept.set(stage, rows.length);
      inputs.set(stage, funnel.input);
    }
    expect(kept.get('made')).toBe(100);
    expect(inputs.get('evolved')).toBe(2 * 151);
    expect(inputs.get('explained')).toBe(151);
    for (const stage of ['made', 'evolved', 'explained'])
      expect(inputs.get(`kept-${stage}`)).toBe(kept.get(stage));
    for (const reason of [
      'duplicate',
      'unchanged',
      'leaked-scaffold',
      'no-information-gain',
      'refusal',
      'empty-response',
      'only-stop-words',
      'rejected-by-judge',
      'below-threshold',
    ])
      expect(seen, reason).toContain(reason);
  });

  it('draws Orca rows of every sub-collection', () => {
    const sources = linesOf(at('served', 'explained', 'rows.jsonl')).map(
      (row) => instructionRowSchema.parse(row).source,
    );
    expect(new Set(sources)).toEqual(new Set(['orca/cot', 'orca/niv2', 'orca/t0', 'orca/flan2021']));
  });
});
