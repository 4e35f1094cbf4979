import type { Linter } from 'eslint';

interface ImportPattern {
  readonly regex: string;
  readonly message: string;
}

/**
 * Which packages each package may import: the picture in docs/architecture.md as lint rules.
 * Tests may import any package that stands in their package.json.
 */
export const layers: Readonly<Record<string, readonly string[]>> = {
  core: [],
  llm: ['core'],
  formats: ['core'],
  hub: ['core', 'formats'],
  backend: ['core'],
  datagen: ['core', 'llm'],
  judge: ['core', 'llm'],
  'backend-cpu': ['core', 'backend'],
  'backend-cuda': ['core', 'backend'],
  'backend-gpujs': ['core', 'backend'],
  distributed: ['core', 'backend'],
  model: ['core', 'formats', 'backend'],
  qlora: ['core', 'formats', 'backend', 'model'],
  dpo: ['core', 'formats', 'backend', 'model', 'qlora'],
  eval: ['core', 'llm', 'formats', 'model'],
};

/** Sources that run in a browser: nothing from Node, no Node globals. */
export const browserSafe: readonly string[] = [
  'core',
  'backend',
  'backend-gpujs',
  'formats',
  'model',
  'qlora',
  'dpo',
];
/** The one folder of `formats` that is about the file system, with its entry `@bezoar/formats/node`. */
const nodeSources = ['packages/formats/src/node.ts', 'packages/formats/src/node/**'];
const nodeGlobals = ['process', 'Buffer', '__dirname', '__filename', 'require', 'setImmediate'];

/** Lint blocks: one per package, and one more for those that run in a browser. */
export function layerFences(): Linter.Config[] {
  return Object.entries(layers).flatMap(([name, allowed]) => {
    const patterns = packagePatterns(name, allowed);
    const fence: Linter.Config = {
      files: sources(name),
      ignores: ['**/*.test.ts'],
      rules: { 'no-restricted-imports': ['error', { patterns }] },
    };
    return browserSafe.includes(name) ? [fence, browserFence(name, patterns)] : [fence];
  });
}

function browserFence(name: string, patterns: readonly ImportPattern[]): Linter.Config {
  const message = `packages/${name} runs in a browser: take files, time and randomness through options.`;
  return {
    files: sources(name),
    ignores: ['**/*.test.ts', ...nodeSources],
    rules: {
      'no-restricted-imports': ['error', { patterns: [...patterns, { regex: '^node:', message }] }],
      'no-restricted-globals': ['error', ...nodeGlobals.map((global) => ({ name: global, message }))],
    },
  };
}

function packagePatterns(name: string, allowed: readonly string[]): ImportPattern[] {
  const others = Object.keys(layers).filter((other) => other !== name && !allowed.includes(other));
  const may = allowed.map((other) => `@bezoar/${other}`).join(', ') || 'zod';
  return ['bezoar', ...others.map((other) => `@bezoar/${other}`)].map((specifier) => ({
    regex: `^${specifier}(/.*)?$`,
    message: `packages/${name} may import only: ${may}.`,
  }));
}

function sources(name: string): string[] {
  return [`packages/${name}/src/**/*.ts`];
}
