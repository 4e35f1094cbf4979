import tseslint from 'typescript-eslint';

/** Which packages each package may import: the picture in docs/architecture.md as rules. */
const layers = {
  core: [],
  llm: ['core'],
  formats: ['core'],
  backend: ['core'],
  datagen: ['core', 'llm'],
  judge: ['core', 'llm'],
  'backend-cpu': ['core', 'backend'],
  model: ['core', 'formats', 'backend'],
  qlora: ['core', 'formats', 'backend', 'model'],
  dpo: ['core', 'formats', 'backend', 'model', 'qlora'],
  eval: ['core', 'formats', 'llm', 'model'],
};
/** These run in a browser: nothing from Node. */
const browserSafe = ['core', 'backend', 'model', 'qlora', 'dpo'];
const testFiles = ['**/*.test.ts'];

function fence(name, allowed) {
  const forbidden = ['bezoar', ...Object.keys(layers).filter((other) => other !== name && !allowed.includes(other)).map((other) => `@bezoar/${other}`)];
  const patterns = forbidden.map((specifier) => ({
    regex: `^${specifier}(/.*)?$`,
    message: `packages/${name} may import only: ${allowed.map((other) => `@bezoar/${other}`).join(', ') || 'zod'}.`,
  }));
  if (browserSafe.includes(name)) patterns.push({ regex: '^node:', message: `packages/${name} runs in a browser: take files and time through options.` });
  return {
    files: [`packages/${name}/src/**/*.ts`],
    ignores: testFiles,
    rules: { 'no-restricted-imports': ['error', { patterns }], 'no-console': 'error' },
  };
}

export default tseslint.config(
  { ignores: ['**/dist/**', '**/lib/**', '**/node_modules/**', 'runs/**', '**/__fixtures__/**', '.cache/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 500, skipComments: true, skipBlankLines: true }],
      'max-params': ['error', { max: 3 }],
      // Numbers in messages are wanted; objects are not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Typed arrays and checked indices need it under noUncheckedIndexedAccess; AGENTS.md says when.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  ...Object.entries(layers).map(([name, allowed]) => fence(name, allowed)),
  { files: ['**/*.js', '**/*.mjs', 'tooling/**', 'bench/**', 'examples/**', '*.ts', 'packages/*/*.ts'], ...tseslint.configs.disableTypeChecked },
);
