import tseslint from 'typescript-eslint';
import fileName from './tooling/lint/file-name.ts';
import { layerFences } from './tooling/lint/layers.ts';

/** Everything in TypeScript that belongs to no package: tsconfig.tooling.json covers it. */
const toolingFiles = [
  'bench/**/*.ts',
  'docs/.vitepress/**/*.ts',
  'recipes/**/*.ts',
  'examples/**/*.ts',
  'tooling/**/*.ts',
  'vitest.config.ts',
  'packages/*/*.ts',
  'packages/bezoar/templates/**/*.ts',
];
/** An index says what a package exports, and nothing else. */
const onlyNamedExports =
  ':matches(Program > :not(ExportNamedDeclaration):not(ExportAllDeclaration), ExportAllDeclaration[exportKind="value"], ExportNamedDeclaration[declaration!=null])';

export default tseslint.config(
  {
    ignores: ['**/dist/**', '**/lib/**', '**/node_modules/**', 'runs/**', '**/__fixtures__/**', '.cache/**'],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { bezoar: { rules: { 'file-name': fileName } } },
    rules: {
      'bezoar/file-name': 'error',
      // A longer file says why: `/* eslint-disable max-lines -- reason */`.
      'max-lines': ['error', { max: 350, skipComments: true, skipBlankLines: true }],
      'max-params': ['error', { max: 3 }],
      // `const { secret: _, ...rest } = value` leaves something out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // Numbers in messages are wanted; objects are not.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Typed arrays and checked indices need it under noUncheckedIndexedAccess; AGENTS.md says when.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    // Libraries emit events; printing is the CLI's work, and it has its own writer.
    files: ['packages/*/src/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['packages/*/src/index.ts', 'packages/*/src/*/index.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: onlyNamedExports, message: 'index.ts lists explicit named exports and nothing else.' },
      ],
    },
  },
  ...layerFences(),
  {
    files: toolingFiles,
    ignores: ['tooling/golden/**', 'examples/playground/src/**'],
    languageOptions: { parserOptions: { projectService: false, project: './tsconfig.tooling.json' } },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
);
