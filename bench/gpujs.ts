/**
 * Every op of the compute contract at the sizes of a tiny model (64 tokens, hidden 128, vocabulary 512): the CPU backend's tiers and gpu.js
 * in every mode that runs here, with the error against the reference; and a whole training step of a tiny model. Headless OpenGL runs on the Node that `pnpm test:gl` has compiled gl for;
 * WebGL in Chromium, drawn in software (BEZOAR_CHROMIUM or the first on the PATH).
 * Options: --calls 20 --modes cpu,webasm,headlessgl,webgl2
 */
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { createCpuBackend } from '@bezoar/backend-cpu';
import type { GpuJsMode } from '@bezoar/backend-gpujs';
import { findGlNode } from '../tooling/gl/build-gl.ts';
import { bundle, evaluateInChromium } from '../tooling/gl/chromium-page.ts';
import { timeGpuJs } from './shared/time-ops-page.ts';
import { timeOps, type BackendFigures } from './shared/time-ops.ts';

const runFile = promisify(execFile);
const page = 'bench/shared/time-ops-page.ts';

export async function run(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string', default: '20' },
      modes: { type: 'string', default: 'cpu,webasm,headlessgl,webgl2' },
    },
  });
  const calls = Number(values.calls);
  const figures: BackendFigures[] = [
    await timeOps(() => createCpuBackend(), calls),
    await timeOps(() => createCpuBackend({ tier: 'wasm' }), calls),
  ];
  const notRun: Record<string, string> = {};
  for (const mode of values.modes.split(',') as GpuJsMode[]) {
    try {
      figures.push(await measure(mode, calls));
    } catch (error) {
      notRun[mode] = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    }
  }
  return { backends: figures, notRun };
}

function measure(mode: GpuJsMode, calls: number): Promise<BackendFigures> {
  if (mode === 'headlessgl') return inHeadlessGl(calls);
  if (mode === 'webgl2' || mode === 'webgl')
    return evaluateInChromium(page, `bundle.timeGpuJs('${mode}', ${calls})`);
  return timeGpuJs(mode, calls);
}

async function inHeadlessGl(calls: number): Promise<BackendFigures> {
  const file = await bundle({ entry: page, format: 'es', external: ['gpu.js'] });
  const program = `import(${JSON.stringify(file)}).then(({ timeGpuJs }) => timeGpuJs('headlessgl', ${calls})).then((figures) => { console.log(JSON.stringify(figures)); process.exit(0); })`;
  const virtual =
    process.env['DISPLAY'] === undefined ? ['xvfb-run', '-a', '-s', '-ac -screen 0 1280x1024x24'] : [];
  const [command, ...rest] = [...virtual, findGlNode().path, '--input-type=module', '-e', program];
  const { stdout } = await runFile(command, rest);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as BackendFigures;
}
