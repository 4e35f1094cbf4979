import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectHistory, type StageHistory } from '../events/stage-history.ts';
import { readEventLog } from '../events/event-log.ts';
import type { Forecast, StageForecast } from '../forecast/forecast.ts';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const recipe = fileURLToPath(new URL('../../../../recipes/quickstart.yaml', import.meta.url));
const folder = temporaryFolder();
const runDir = join(folder.path, 'run');

async function plan(...flags: readonly string[]): Promise<Forecast> {
  const { code, stdout, stderr } = await spawnCli(['plan', recipe, '--run-dir', runDir, '--json', ...flags]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Forecast;
}

const stageOf = ({ stages }: Forecast, id: string): StageForecast => stages.find((each) => each.id === id)!;

/** What the stages of the real run did. */
let real: ReadonlyMap<string, StageHistory>;
let before: Forecast;
/** The scripts of the quickstart are brief, and count words as tokens. */
const brief = '--response-tokens 11 --verdict-tokens 6 --characters-per-token 5.5'.split(' ');

beforeAll(async () => {
  before = await plan(...brief);
  const { code, stderr } = await spawnCli(['run', recipe, '--run-dir', runDir]);
  expect(code, stderr).toBe(0);
  real = collectHistory(readEventLog(join(runDir, 'events.jsonl')));
}, 600_000);
afterAll(() => folder.remove());

const stageJson = (id: string): { readonly metrics: Readonly<Record<string, number>> } =>
  JSON.parse(readFileSync(join(runDir, id, 'stage.json'), 'utf8')) as never;
const funnelOf = (id: string): { readonly input: number; readonly kept: number } =>
  JSON.parse(readFileSync(join(runDir, id, 'funnel.json'), 'utf8')) as never;

const makers = ['lamini', 'orca', 'evol', 'lamini-kept', 'orca-kept', 'evol-kept'];
const trainings = ['sft-lamini', 'sft-orca', 'sft-evol', 'hh-sft', 'dpo'];

/** How many times one number is another. */
const factor = (a: number, b: number): number => Math.max(a / b, b / a);

describe('the plan of the quickstart, and its run', () => {
  it('agree where the plan says that it is exact', () => {
    for (const id of ['hh-sft', 'dpo']) {
      const { steps, tokens } = stageJson(id).metrics;
      expect(stageOf(before, id)).toMatchObject({
        rowsIn: { value: 360, exact: true },
        steps: { value: steps, exact: true },
        trainedTokens: { value: tokens, exact: true },
      });
    }
    // Six models: 90 replies, 4 choices of 90 questions, both sides of 90 pairs.
    expect(stageOf(before, 'scores').requests).toMatchObject({ value: 6 * (90 + 360 + 180), exact: true });
    const lines = readFileSync(join(runDir, 'answers.jsonl'), 'utf8').trim().split('\n');
    expect(new Set(lines).size).toBe(6 * (90 + 360));
    expect(before.totals.dollars).toMatchObject({ value: 0, exact: true, isPartial: false });
    expect(stageOf(before, 'evol').rowsIn).toMatchObject({ value: 40, exact: true });
  });

  it.each(makers)('are within the factors that the plan stands for, and its bounds: %s', (id) => {
    const { rowsOut, calls, inputTokens, outputTokens } = stageOf(before, id);
    const { kept } = funnelOf(id);
    expect(kept).toBeLessThanOrEqual(rowsOut!.most);
    expect(factor(kept, rowsOut!.value)).toBeLessThan(1.25);
    const { usage } = real.get(id)!;
    expect(usage!.calls).toBeLessThanOrEqual(calls!.most);
    expect(factor(usage!.calls, calls!.value)).toBeLessThan(1.25);
    expect(usage!.inputTokens).toBeLessThanOrEqual(inputTokens!.most);
    expect(factor(usage!.inputTokens, inputTokens!.value)).toBeLessThan(2);
    expect(usage!.outputTokens).toBeLessThanOrEqual(outputTokens!.most);
    expect(factor(usage!.outputTokens, outputTokens!.value)).toBeLessThan(2);
  });

  it.each(trainings)('are near each other in work and time: %s', (id) => {
    const { steps, trainedTokens, seconds } = stageOf(before, id);
    const done = stageJson(id).metrics;
    expect(done['steps']).toBeLessThanOrEqual(steps!.most);
    expect(factor(done['steps']!, steps!.value)).toBeLessThan(1.25);
    expect(done['tokens']).toBeLessThanOrEqual(trainedTokens!.most);
    expect(factor(done['tokens']!, trainedTokens!.value)).toBeLessThan(2);
    // A tiny model on a machine that does other things too.
    expect(factor(done['trainSeconds']!, seconds!.value)).toBeLessThan(30);
  });

  it('are the same once the run is done, and nothing is left to pay for', async () => {
    const after = await plan();
    expect(after.stages.map(({ state }) => state)).toEqual(after.stages.map(() => 'done'));
    for (const id of makers) expect(stageOf(after, id).rowsOut).toMatchObject({ value: funnelOf(id).kept });
    expect(after.totals.calls.value).toBe(0);
    expect(after.assumptions).toEqual([]);
  });

  it('agree to the token in what trains on rows that were made, at the speed of the trainings so far', async () => {
    const done = Object.fromEntries(trainings.map((id) => [id, stageJson(id).metrics]));
    for (const id of ['sft-orca', 'sft-evol']) rmSync(join(runDir, id), { recursive: true });
    const between = await plan();
    expect(stageOf(between, 'sft-lamini').state).toBe('done');
    for (const id of ['sft-orca', 'sft-evol']) {
      const { state, steps, trainedTokens, seconds } = stageOf(between, id);
      expect(state).toBe('new');
      expect(steps).toMatchObject({ value: done[id]!['steps'], exact: true });
      expect(trainedTokens).toMatchObject({ value: done[id]!['tokens'], exact: true });
      expect(factor(done[id]!['trainSeconds']!, seconds!.value)).toBeLessThan(4);
    }
    expect(between.measured.join(' ')).toMatch(/The trainings so far reached \d+/);
  });

  it('agree in tokens and rows of stages like those that were run, without assumptions', async () => {
    rmSync(join(runDir, 'evol-kept'), { recursive: true });
    const { rowsIn, rowsOut, calls, inputTokens, outputTokens } = stageOf(await plan(), 'evol-kept');
    const { usage } = real.get('evol-kept')!;
    const kept = (funnelOf('lamini-kept').kept + funnelOf('orca-kept').kept) / 360;
    expect(rowsIn).toMatchObject({ value: funnelOf('evol').kept, exact: true });
    expect(rowsOut!.value).toBeCloseTo(kept * rowsIn!.value, 6);
    expect(inputTokens!.value / calls!.value).toBeCloseTo(usage!.inputTokens / usage!.calls, 6);
    expect(outputTokens!.value / calls!.value).toBeCloseTo(usage!.outputTokens / usage!.calls, 6);
  });
});
