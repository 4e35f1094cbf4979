import type { Forecast } from '../forecast/forecast.ts';
import { startHubServer } from '@bezoar/hub/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';

const file = fileURLToPath(new URL('../../../../recipes/openbezoar.yaml', import.meta.url));

it('the plan of the paper’s recipe reads no more of the base than its config, and does without that, too', async () => {
  const config = {
    model_type: 'llama',
    torch_dtype: 'float16',
    vocab_size: 32_000,
    hidden_size: 3200,
    intermediate_size: 8640,
    num_hidden_layers: 26,
    num_attention_heads: 32,
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-6,
  };
  const server = await startHubServer({
    repos: [
      {
        type: 'model',
        name: 'openlm-research/open_llama_3b_v2',
        files: { 'config.json': JSON.stringify(config) },
      },
    ],
  });
  const home = await mkdtemp(join(tmpdir(), 'bezoar-plan-'));
  try {
    const env = { HF_ENDPOINT: server.url, HF_HOME: home };
    const flags = ['--memory', '8GB', '--run-dir', join(home, 'none')];
    const { code, stdout, stderr } = await spawnCli(['plan', file, ...flags], { env });
    expect(code, stderr).toBe(0);
    for (const stage of ['sft-lamini', 'sft-orca', 'sft-evol', 'hh-sft-adapter', 'dpo-adapter'])
      expect(stdout).toMatch(new RegExp(`^${stage} .* \\d\\.\\d\\d GB$`, 'm'));
    expect(server.requests.every(({ path }) => !/safetensors|\.bin|datasets/.test(path))).toBe(true);
    // 100,000 pairs but those held out, 16 a step.
    expect(stdout).toMatch(/^hh-sft-adapter .*≤100\u202f000 .*≤6\u202f244 /m);
    expect(stdout).toMatch(/^budget: \$300; it will do as things are expected\./m);

    const asked = server.requests.length;
    const alone = ['--offline', '--json', '--run-dir', join(home, 'none')];
    const offline = await spawnCli(['plan', file, ...alone], {
      env: { ...env, HF_HOME: join(home, 'empty') },
    });
    expect(offline.code, offline.stderr).toBe(0);
    expect(server.requests).toHaveLength(asked);
    const { stages, memory, unknown } = JSON.parse(offline.stdout) as Forecast;
    expect(memory).toBeUndefined();
    expect(unknown.join(' ')).toMatch(/Memory is not planned: .*open_llama_3b_v2/);
    expect(stages.find(({ id }) => id === 'dpo-adapter')!.steps).toMatchObject({ value: 6244, most: 6244 });
  } finally {
    await server.close();
    await rm(home, { recursive: true });
  }
}, 180_000);
