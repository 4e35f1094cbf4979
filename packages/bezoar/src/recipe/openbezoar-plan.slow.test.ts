import { startHubServer } from '@bezoar/hub/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';

const file = fileURLToPath(new URL('../../../../recipes/openbezoar.yaml', import.meta.url));

it('the plan of the paper’s recipe reads no more of the base than its config', async () => {
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
    const { code, stdout, stderr } = await spawnCli(['plan', file, '--memory', '8GB'], { env });
    expect(code, stderr).toBe(0);
    for (const stage of ['sft-lamini', 'sft-orca', 'sft-evol', 'hh-sft-adapter', 'dpo-adapter'])
      expect(stdout).toContain(stage);
    expect(server.requests.every(({ path }) => !/safetensors|\.bin/.test(path))).toBe(true);
  } finally {
    await server.close();
    await rm(home, { recursive: true });
  }
}, 180_000);
