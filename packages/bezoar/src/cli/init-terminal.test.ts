import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const bin = fileURLToPath(new URL('../bin.ts', import.meta.url));

/** util-linux gives a process a terminal. */
const hasScript = String(spawnSync('script', ['--version']).stdout).includes('util-linux');
const enter = '\r';
const down = '\u001b[B';
const up = '\u001b[A';
const backspace = '\u007f';

interface Typing {
  /** Pressed when this text is on the screen, each once and in order. */
  readonly at: string;
  readonly keys: string;
}

interface Session {
  readonly code: number | null;
  readonly screen: string;
}

/** Runs `bezoar init` at a terminal of 100 columns: on its own it would have none. */
function typeInto(args: readonly string[], typing: readonly Typing[]): Promise<Session> {
  const command = [process.execPath, '--conditions=@bezoar/source', bin, 'init', ...args].map(
    (each) => `'${each}'`,
  );
  const child = spawn(
    'script',
    ['--quiet', '--return', '--command', `stty cols 100 rows 40; exec ${command.join(' ')}`, '/dev/null'],
    {
      cwd: folder.path,
      env: { PATH: process.env['PATH'], TERM: 'xterm-256color' },
    },
  );
  let screen = '';
  let read = 0;
  const waiting = [...typing];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += stripVTControlCharacters(text);
    const next = waiting[0];
    const found = next === undefined ? -1 : screen.indexOf(next.at, read);
    if (next === undefined || found < 0) return;
    read = found + next.at.length;
    waiting.shift();
    child.stdin.write(next.keys);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, screen }));
  });
}

describe.skipIf(!hasScript)('bezoar init at a terminal (needs script of util-linux)', () => {
  it('asks, and writes what was answered', async () => {
    const { code, screen } = await typeInto(
      [],
      [
        { at: 'Where should the project go?', keys: `${backspace.repeat(16)}spoken${enter}` },
        // Up from the last of three: rows that are there.
        { at: 'What should it make?', keys: `${up}${enter}` },
        { at: 'Which base model?', keys: enter },
        { at: 'Which rows should it learn?', keys: `${down}${enter}` },
      ],
    );
    expect(screen).toContain('cd spoken');
    expect(code).toBe(0);
    expect(readFileSync(join(folder.path, 'spoken/recipe.yaml'), 'utf8')).toMatch(/rows: hub:databricks/);
  });

  it('writes nothing after Ctrl-C, and says so', async () => {
    const { code, screen } = await typeInto(['stopped'], [{ at: 'What should it make?', keys: '\u0003' }]);
    expect(code).toBe(130);
    expect(screen).toContain('bezoar: Stopped; nothing was written.');
    expect(existsSync(join(folder.path, 'stopped'))).toBe(false);
  });

  it('refuses a folder that is taken as soon as it is named', async () => {
    folder.file('package.json', '{}');
    const { code, screen } = await typeInto(
      [],
      [
        { at: 'Where should the project go?', keys: `${backspace.repeat(16)}.${enter}` },
        { at: 'already has package.json', keys: '\u0003' },
      ],
    );
    expect(code).toBe(130);
    expect(screen).toContain('Choose another folder');
  });

  it('asks nothing with --yes', async () => {
    const { code, screen } = await typeInto(['quiet', '--yes'], []);
    expect(code).toBe(0);
    expect(screen).not.toContain('Which');
  });
});
