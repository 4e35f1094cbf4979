import { describe, expect, it } from 'vitest';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';

const commands = [
  'init',
  'run',
  'datagen',
  'clean',
  'filter',
  'inspect-data',
  'plan',
  'sft',
  'dpo',
  'merge',
  'export',
  'eval',
  'mt-bench',
  'trace',
  'publish',
  'worker',
  'generate',
  'doctor',
];

describe('help', () => {
  it('lists every command', async () => {
    const { code, stdout, stderr } = await spawnCli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of commands) expect(stdout).toMatch(new RegExp(`^ +${name} {2,}\\w`, 'm'));
  });

  it.each(commands)('of %s shows an example', async (name) => {
    const { code, stdout, stderr } = await spawnCli([name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`USAGE bezoar ${name}`);
    expect(stdout).toMatch(new RegExp(`EXAMPLE\n\n {2}bezoar ${name}`));
  });

  it('says the version', async () => {
    expect((await spawnCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

it('doctor says what runs and which keys are set, never their values', async () => {
  const { code, stdout } = await spawnCli(['doctor'], { env: { OPENAI_API_KEY: 'sk-secret-value' } });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^compute +(native|wasm), /m);
  expect(stdout).toMatch(/^gpu\.js +can run (headlessgl, )?webasm, cpu$/m);
  expect(stdout).toMatch(/^cuda +(can run on \w|cannot run: \w)/m);
  expect(stdout).toMatch(/^OPENAI_API_KEY +set$/m);
  expect(stdout).toMatch(/^ANTHROPIC_API_KEY +not set$/m);
  expect(stdout).not.toContain('secret');
});
