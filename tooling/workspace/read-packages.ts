import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A package of the workspace. */
export interface WorkspacePackage {
  /** `packages/core` */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The fields of package.json that the checks look at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly license?: string;
  readonly description?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly os?: readonly string[] };
}

/** The checkout. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** Packages that hold a compiled library and no code. */
export function isBinaryPackage({ manifest }: Pick<WorkspacePackage, 'manifest'>): boolean {
  return manifest.publishConfig?.os !== undefined;
}

/** The packages of packages/, and the private one that tests share. */
export function readPackages(): readonly WorkspacePackage[] {
  return [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'tooling/golden']
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort()
    .map((folder) => ({ folder, manifest: readJson<Manifest>(join(folder, 'package.json')) }));
}

/** A JSON file of the checkout. Its type is the caller's word. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the return type is what is chosen
export function readJson<Content>(path: string): Content {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as Content;
}

/** The exact versions that the workspace is built and tested with, by name. */
export function readCatalog(): Readonly<Record<string, string>> {
  const text = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^ {2}'?([^\s']+)'?: (\d\S+)$/gm)].map(([, name, version]) => [name!, version!]),
  );
}
