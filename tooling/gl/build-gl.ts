import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';

/** A Node that `gl` can be compiled for: its headers must be there, or be had from nodejs.org. */
export interface GlNode {
  readonly path: string;
  /** Folder with include/node, if the headers lie beside the Node. */
  readonly headers: string | undefined;
}

/** The Node of the system where it brings its headers, this process's otherwise. BEZOAR_GL_NODE names another one. */
export function findGlNode(): GlNode {
  const named = process.env['BEZOAR_GL_NODE'];
  const candidates = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path));
  const all = [...(named === undefined ? [] : [named]), ...candidates, process.execPath];
  const withHeaders = all.map((path) => ({ path, headers: headersOf(path) }));
  return withHeaders.find(({ headers }) => headers !== undefined) ?? { path: all[0]!, headers: undefined };
}

function headersOf(node: string): string | undefined {
  const prefix = dirname(dirname(realpathSync(node)));
  return existsSync(join(prefix, 'include/node/node_version.h')) ? prefix : undefined;
}

/**
 * Puts the compiled part of `gl`, which packages managers leave out with its install script, where gpu.js finds it. It is compiled once
 * for every ABI (about two minutes on two cores; it needs python3, make, g++ and the headers of X11, Xi and OpenGL) and kept in .cache.
 */
export function installGl({ path, headers }: GlNode): void {
  const fromBackend = createRequire(resolve('packages/backend-gpujs/package.json'));
  const gpuJs = createRequire(fromBackend.resolve('gpu.js'));
  const gl = dirname(gpuJs.resolve('gl/package.json'));
  const abi = execFileSync(path, ['-p', 'process.versions.modules'], { encoding: 'utf8' }).trim();
  const cached = resolve('.cache/gl', `webgl-${abi}.node`);
  if (!existsSync(cached)) compile({ gl, path, headers, cached });
  const target = join(gl, 'build/Release/webgl.node');
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(cached, target);
}

interface Compilation extends GlNode {
  readonly gl: string;
  readonly cached: string;
}

function compile({ gl, path, headers, cached }: Compilation): void {
  const folder = resolve('.cache/gl/source');
  rmSync(folder, { recursive: true, force: true });
  cpSync(gl, folder, { recursive: true, dereference: true });
  // gl includes the headers of nan by the module's place.
  const nan = dirname(createRequire(join(gl, 'package.json')).resolve('nan'));
  cpSync(nan, join(folder, 'node_modules/nan'), { recursive: true });
  const gyp = createRequire(join(gl, 'package.json')).resolve('node-gyp/bin/node-gyp.js');
  const args = [gyp, 'rebuild', ...(headers === undefined ? [] : [`--nodedir=${headers}`])];
  console.log(`Compiling gl for ${path}: some minutes, once.`);
  const { status, stderr } = spawnSync(path, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`gl could not be compiled:\n${stderr.slice(-2000)}`);
  mkdirSync(dirname(cached), { recursive: true });
  copyFileSync(join(folder, 'build/Release/webgl.node'), cached);
  rmSync(folder, { recursive: true });
}
