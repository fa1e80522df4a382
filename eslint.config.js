/** Type-aware lint. Formatting is prettier's business: `npm run lint` runs both. */
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Imports that a folder may not have, as patterns of `no-restricted-imports`. */
const forbid = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});
const tensorflow = {
  group: ['@tensorflow/*'],
  allowTypeImports: true,
  message: 'TensorFlow.js stays behind src/targets/tfjs and src/runtime.',
};
const phases = (...folders) => ({
  group: folders.map((folder) => `**/${folder}/**`),
  allowTypeImports: true,
  message: 'A phase uses the values of earlier phases only (docs/architecture.md).',
});

export default tseslint.config(
  { ignores: ['dist/', 'docs/api/', 'runs/', 'node_modules/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/array-type': ['error', { default: 'array' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'error',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'error',
      '@typescript-eslint/prefer-nullish-coalescing': 'error',
      '@typescript-eslint/prefer-optional-chain': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/prefer-string-starts-ends-with': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Types are erased, not compiled, when a file is run as it stands.
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Write a union of literals: enums are not erasable.' },
        { selector: 'TSParameterProperty', message: 'Assign in the body: parameter properties are not erasable.' },
        { selector: 'TSModuleDeclaration[kind="namespace"]', message: 'A file is a module.' },
      ],
    },
  },
);
