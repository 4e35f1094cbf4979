import { expect, it } from 'vitest';
import { readCliCommands } from '../read-cli-commands.ts';
import { renderCommands } from './render-commands.ts';

it('shows every command with its example and every flag', async () => {
  const commands = await readCliCommands();
  const page = renderCommands(commands.values());
  expect(commands.size).toBeGreaterThan(15);
  for (const { name, example, args } of commands.values()) {
    const [, section = ''] = page.split(`\n## ${name}\n`);
    expect(section).toContain(example);
    for (const [flag, { type }] of Object.entries(args))
      expect(section).toContain(type === 'positional' ? `\`${flag.toUpperCase()}` : `\`--${flag}`);
  }
});

it('keeps a table whole', () => {
  const args = {
    out: { type: 'string', description: 'a | b <c>', valueHint: 'A|B', required: true },
  } as const;
  const page = renderCommands([{ name: 'x', description: 'X.', example: 'bezoar x', args }]);
  expect(page).toContain('| `--out A\\|B` | a \\| b &lt;c> (needed) |');
});
