import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Whether there is a python3 with huggingface_hub: `python3 -m pip install huggingface_hub`. */
export function hasPythonPackage(): boolean {
  try {
    execFileSync('python3', ['-c', 'import huggingface_hub'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What the code prints, after `from huggingface_hub import *`. */
export async function runPython(code: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)('python3', ['-c', `from huggingface_hub import *\n${code}`], {
    env: { PATH: process.env['PATH'], HF_HUB_DISABLE_XET: '1', ...env },
  });
  return stdout.trim();
}
