import type { HubServerState } from '@bezoar/hub/testing';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { releaseRecipe, releaseRun, type ReleaseRun } from '../__fixtures__/release-run.ts';
import type { CliResult } from '../__fixtures__/spawn-cli.ts';

let run: ReleaseRun;
beforeAll(async () => {
  run = await releaseRun();
}, 120_000);
afterAll(() => run.close());

const line = 'publish recipe.yaml --org org';
const publish = (flags = '', env?: Readonly<Record<string, string>>): Promise<CliResult> =>
  run.cli(`${line}${flags}`, env);
const at = (...names: string[]): string => join(run.folder.path, ...names);
const look = (name: string, type: 'model' | 'dataset' = 'model'): HubServerState | undefined =>
  run.server.look(type, name);
const models = ['org/First-adapter', 'org/First', 'org/Second-adapter', 'org/Second', 'org/Second-GGUF'];
const cardOf = (name: string, type?: 'dataset'): string => String(look(name, type)!.files()['README.md']);
const headerOf = (card: string): Record<string, unknown> =>
  parse(card.split('---\n')[1]!) as Record<string, unknown>;
/** Requests that change something at the Hub. */
const written = (): string[] =>
  run.server.requests.filter(({ method }) => method === 'POST' || method === 'PUT').map(({ path }) => path);
const withRecipe = async (text: string, test: () => Promise<void>): Promise<void> => {
  writeFileSync(at('recipe.yaml'), text);
  try {
    await test();
  } finally {
    writeFileSync(at('recipe.yaml'), releaseRecipe);
  }
};

describe('bezoar publish RECIPE', { timeout: 90_000 }, () => {
  it('shows every file of every repository, and writes nothing', async () => {
    const { code, stdout } = await publish(' --dry-run', { HF_TOKEN: '' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^dataset org\/Rows, from kept, cc-by-4\.0$/m);
    expect(stdout).toMatch(/^model org\/Second-adapter, from better-adapter, apache-2\.0$/m);
    expect(stdout).toMatch(/^new +\d+ +[0-9a-f]{12} +data\/train-00000-of-00001\.parquet$/m);
    expect(stdout.match(/^new +\d+ +[0-9a-f]{12} +README\.md$/gm)).toHaveLength(6);
    expect(stdout).toMatch(/^new +model +org\/Second-GGUF +gguf +2 +\d+ +\d+$/m);
    expect(stdout).toContain('6 commits would be made, in 6 repositories. Nothing was sent.');
    expect(written()).toEqual([]);
    const one = await publish(' --dry-run --only First');
    expect(one.stdout).toContain('# org/First\n');
    expect(one.stdout).toContain('1 commit would be made, in 1 repository. Nothing was sent.');
  });

  it('names all that is wrong at once, before anything is sent', async () => {
    const wrong = releaseRecipe
      .replace('  license: apache-2.0\n', '')
      .replace('    merged: First\n', '')
      .replace('{ kind: clean, rows: made }', '{ kind: clean, rows: made, minWords: 1 }')
      .replace('license: cc-by-sa-3.0, ', '');
    renameSync(at('runs/x/talk/stage.json'), at('runs/x/talk/hidden.json'));
    await withRecipe(wrong, async () => {
      const { code, stdout, stderr } = await run.cli('publish recipe.yaml --tag v2', {
        HF_TOKEN: 'hf_reads_only',
      });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr.trim().split('\n')).toEqual([
        expect.stringMatching(
          /^- ORG\/Rows, .*ORG\/Second-GGUF have no organisation: --org my-org/,
        ) as string,
        '- The token of tester may only read: one with the role "write" is needed.',
        "- tuned, better-adapter, better, gguf have no licence: license: in the recipe's publish, or --license.",
        expect.stringMatching(
          /^- The adapter better-adapter stands on a model that is not on the Hub/,
        ) as string,
        `- talk: not done in ${at('runs/x')}; bezoar run goes on with the recipe.`,
        "- kept: done with other settings than the recipe's; bezoar run goes on with the recipe.",
        'bezoar: Nothing was published: there are 6 problems. Solve what stands above, and publish again.',
      ]);
    });
    renameSync(at('runs/x/talk/hidden.json'), at('runs/x/talk/stage.json'));
    const foreign = await run.cli('publish recipe.yaml --org birds');
    expect(foreign.stderr).toMatch(
      /^- tester, whose token this is, does not belong to birds \(but to: org, first, second, third, fourth\)\.$/m,
    );
    expect(written()).toEqual([]);
  });

  it('a failure in the middle tells what is published, and the same command goes on', async () => {
    let refusals = 0;
    run.fault = ({ path }) => {
      if (!path.startsWith('/api/models/org/Second-adapter/commit/') || refusals++ > 0) return undefined;
      return { status: 403 };
    };
    const first = await publish();
    expect(first.code).toBe(1);
    expect(first.stdout).toMatch(/^published +dataset +org\/Rows /m);
    expect(first.stdout).toMatch(/^published +model +org\/First +merged /m);
    expect(first.stdout).toMatch(/^failed +model +org\/Second-adapter /m);
    expect(first.stdout).toMatch(/^not begun +model +org\/Second +better /m);
    expect(first.stderr).toMatch(
      /bezoar: org\/Second-adapter: The Hub refuses .* What is published stays as it is: the same command goes on with the rest\./,
    );
    expect(look('org/Second')).toBeUndefined();

    const second = await publish();
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/^unchanged +dataset +org\/Rows +kept +5 +\d+ +0$/m);
    expect(second.stdout).toMatch(/^unchanged +model +org\/First +merged /m);
    expect(second.stdout).toMatch(/^published +model +org\/Second +better /m);
    expect(second.stdout).toContain('3 published, 3 unchanged. Tagged v1.0.');
    for (const state of [look('org/Rows', 'dataset')!, ...models.map((name) => look(name)!)]) {
      expect(state.history).toEqual(['initial commit', 'Publish v1.0']);
      expect(state.tags).toEqual({ 'v1.0': state.branches['main'] });
    }
  });

  it('a second time makes no commit', async () => {
    const before = written().length;
    const { code, stdout } = await publish();
    expect(code).toBe(0);
    expect(stdout).toContain('0 published, 6 unchanged. Tagged v1.0.');
    expect(
      written()
        .slice(before)
        .every((path) => path.includes('/tag/')),
    ).toBe(true);
  });

  it('gives no version to other content, of whatever repository', async () => {
    await withRecipe(releaseRecipe.replace('Sums of', 'Totals of'), async () => {
      const before = written().length;
      const { code, stderr } = await publish();
      expect(code).toBe(1);
      expect(stderr).toMatch(/^- org\/Rows: The tag v1\.0 of org\/Rows names commit [0-9a-f]{12} already/m);
      expect(written()).toHaveLength(before);
      const next = await publish(' --tag v1.1 --only kept');
      expect(next.stdout).toMatch(/^published +dataset +org\/Rows +kept +5 +\d+ +\d+$/m);
      expect(look('org/Rows', 'dataset')!.history).toEqual([
        'initial commit',
        'Publish v1.0',
        'Publish v1.1',
      ]);
    });
  });

  it('links every card to what it was made from and with', () => {
    const headers = Object.fromEntries(models.map((name) => [name, headerOf(cardOf(name))]));
    expect(headers).toMatchObject({
      'org/First-adapter': { base_model: 'org/tiny', base_model_relation: 'adapter', library_name: 'peft' },
      'org/First': { base_model: 'org/tiny', base_model_relation: 'finetune', license: 'apache-2.0' },
      'org/Second-adapter': { base_model: 'org/First', base_model_relation: 'adapter' },
      'org/Second': { base_model: 'org/First', base_model_relation: 'finetune', language: ['en'] },
      'org/Second-GGUF': { base_model: 'org/Second', base_model_relation: 'quantized' },
    });
    for (const name of models) expect(headers[name]).toMatchObject({ datasets: ['org/Rows'] });
    const config = look('org/Second-adapter')!.files()['adapter_config.json'];
    expect(JSON.parse(String(config))).toMatchObject({ base_model_name_or_path: 'org/First' });
    expect(cardOf('org/First')).toContain('It has the adapter [org/First-adapter]');
    expect(cardOf('org/First-adapter')).toContain(
      '[org/First](https://huggingface.co/org/First) has it folded in.',
    );
    const rows = cardOf('org/Rows', 'dataset');
    expect(headerOf(rows)).toMatchObject({
      license: 'cc-by-4.0',
      pretty_name: 'Rows',
      size_categories: ['n<1K'],
    });
    for (const name of models) expect(rows).toContain(`- [${name}](https://huggingface.co/${name})\n`);
    expect(rows).toContain('org/flan (cc-by-sa-4.0) asks that what is adapted from it is shared');
  });

  it('has the scores of all that were measured alike, those of MT-Bench, and stand-ins for what was not measured', () => {
    const card = cardOf('org/Second');
    expect(card).toContain('| task | shots | metric | tiny | First | Second |');
    expect(card).toMatch(/^\| sums \| 0 \| exact_match( \| [\d.]+ ± [\d.]+){3} \|$/m);
    expect(card).toMatch(/^\| pairs\.jsonl \| – \| win rate \(per token\)( \| [\d.]+ ± [\d.]+){3} \|$/m);
    expect(card).toMatch(/^\| {2}\| First \| Second \|$/m);
    expect(card).toMatch(/^\| \*\*average\*\* \| \d\.\d\d ± [\d.]+ \| \d\.\d\d ± [\d.]+ \|$/m);
    expect(card).toContain('- judge: judge (script:./judge.ts)\n');
    const [{ results }] = headerOf(card)['model-index'] as [{ results: { dataset: { name: string } }[] }];
    expect(results.map(({ dataset }) => dataset.name)).toEqual(['sums', 'pairs.jsonl', 'MT-Bench']);
    const own = JSON.parse(readFileSync(at('runs/x/talk/scores.json'), 'utf8')) as {
      models: Record<string, Record<string, { value: number }>>;
    };
    expect(results[2]).toMatchObject({
      dataset: { type: 'mt-bench', args: { mode: 'single', prompts: 'bezoar-1' } },
      metrics: expect.arrayContaining([
        expect.objectContaining({ name: 'average', value: own.models['better']!['mt_bench/average']!.value }),
      ]) as unknown,
    });
    for (const [name, twin, why] of [
      ['org/First-adapter', 'org/First', 'has this adapter folded in'],
      ['org/Second-GGUF', 'org/Second', 'has the same weights in another form'],
    ] as const) {
      expect(cardOf(name)).toContain(`Measured on [${twin}](https://huggingface.co/${twin}), which ${why}.`);
      expect(headerOf(cardOf(name))).not.toHaveProperty('model-index');
    }
  });

  it('says how it was made, and nothing of the machine', () => {
    const card = cardOf('org/Second');
    expect(card).toContain('|  | tuned | better-adapter |\n');
    expect(card).toContain('| batch × accumulation | 2 × 1 = 2 | 2 × 1 = 2 |\n');
    expect(card).toContain('| loss | – | sigmoid, β 0.1 |\n');
    expect(card).toMatch(/- \[org\/tiny\]\(https:\/\/huggingface\.co\/org\/tiny\) at `[0-9a-f]{40}`\n/);
    expect(card).toMatch(/^- \[org\/flan @ main = [0-9a-f]{40}\]/m);
    expect(card).toMatch(/^Made with Bezoar \d+\.\d+\.\d+ on Node v\d+\.[\d.]+, computed on cpu \w+ .+\.$/m);
    expect(card).toContain('### Instruction:\n{instruction}\n');
    for (const name of models) expect(cardOf(name)).not.toContain(run.folder.path);
  });

  it.each(['org/First', 'org/Second-adapter'])(
    'the command in the card of %s lets it answer',
    async (name) => {
      const [, command] = /```sh\nnpx bezoar (.*)\n```/.exec(cardOf(name))!;
      const own = command!.replace(/"[^"]*"$/, 'Hello');
      const { code, stdout } = await run.cli(`${own} --weights f32 --threads 1 --max-new-tokens 4`);
      expect(code).toBe(0);
      expect(stdout).not.toBe('');
    },
  );

  it('refuses what is older than what it was made of', async () => {
    const stage = at('runs/x/made/stage.json');
    const text = readFileSync(stage, 'utf8');
    writeFileSync(stage, text.replace(/"finished":\s*"[^"]*"/, '"finished": "2999-01-01T00:00:00.000Z"'));
    const { stderr } = await publish();
    expect(stderr).toMatch(
      /^- kept: older than what they were made of; bezoar run goes on with the recipe\.$/m,
    );
    writeFileSync(stage, text);
  });

  it('a run does not care about what is published of it', async () => {
    await withRecipe(releaseRecipe.replace('tag: v1.0', 'tag: v9\n  private: true'), async () => {
      const { code, stderr } = await run.cli('run recipe.yaml');
      expect(code).toBe(0);
      expect(stderr).not.toMatch(/^▸/m);
    });
  });

  it.each([
    ['publish recipe.yaml --org org --from runs/x/made', '--from is for one folder, not for a recipe'],
    ['publish --from runs/x/made --to org/x --only made', '--only is for the release of a recipe'],
    ['publish', 'what is to be published, and where, is missing'],
    ['publish recipe.yaml --org org --only Frist', 'nothing of this release is called Frist. Did you mean'],
  ])('%s is refused', async (command, message) => {
    const { code, stderr } = await run.cli(command);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });
});
