/**
 * `pnpm test:gl [--golden]`: gpu.js on headless OpenGL: the conformance suite, the count of textures, the training that every backend must
 * agree on; with --golden also the golden cases of training (many minutes in software, where BEZOAR_GOLDEN_DIR is set). Run `pnpm build`
 * first: the compiled tests run on node:test, on the Node that `gl` was compiled for. It needs xvfb-run where there is no DISPLAY.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { findGlNode, installGl } from './build-gl.ts';

const { values } = parseArgs({ options: { golden: { type: 'boolean', default: false } } });
const files = [
  'packages/backend-gpujs/dist/gpujs.gl.test.js',
  'packages/qlora/dist/train/backends.slow.test.js',
  ...(values.golden
    ? [
        'packages/model/dist/llama-forward.golden.test.js',
        'packages/qlora/dist/lora-train.golden.test.js',
        'packages/dpo/dist/dpo.golden.test.js',
      ]
    : []),
];

const node = findGlNode();
installGl(node);
const command = [node.path, '--import', './tooling/gl/use-vitest-on-node.mjs', '--test', ...files];
const virtual =
  process.env['DISPLAY'] === undefined ? ['xvfb-run', '-a', '-s', '-ac -screen 0 1280x1024x24'] : [];
const [program, ...args] = [...virtual, ...command];
const { status, error } = spawnSync(program!, args, {
  stdio: 'inherit',
  env: { ...process.env, BEZOAR_TEST_BACKENDS: 'headlessgl' },
});
if (error) console.error(`${program!} cannot be run: ${error.message}. Install xvfb, or set DISPLAY.`);
process.exitCode = status ?? 1;
