import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Whether there is a python3 that can import these modules. */
export function canPythonImport(...modules: readonly string[]): boolean {
  try {
    execFileSync('python3', ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What the code prints, with a Hub of a test in the place of the real one. */
export async function runHubPython(
  code: string,
  env: Readonly<Record<'HF_ENDPOINT' | 'HF_HOME', string>>,
): Promise<string> {
  const { stdout } = await promisify(execFile)('python3', ['-c', code], {
    env: { PATH: process.env['PATH'], HF_HUB_DISABLE_XET: '1', HF_HUB_DISABLE_TELEMETRY: '1', ...env },
  });
  return stdout.trim();
}
