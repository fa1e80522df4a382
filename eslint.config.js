/** Type-aware lint. Formatting is prettier's business; `npm run lint` asks both. */
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const tensorflow = {
  group: ['@tensorflow/*'],
  allowTypeImports: true,
  message:
    'TensorFlow.js stays behind src/targets/tfjs: its types may be named anywhere, its code is loaded there.',
};

/** What each folder of `src` may take values from, besides itself; types may be named from anywhere. */
const dependencies = {
  diagnostics: ['syntax'],
  syntax: ['diagnostics'],
  format: ['diagnostics', 'syntax'],
  check: ['diagnostics', 'syntax', 'calculus', 'runtime'],
  calculus: ['runtime'],
  derive: ['diagnostics', 'calculus', 'check'],
  schedule: ['diagnostics', 'calculus', 'derive', 'optimize'],
  optimize: ['calculus', 'schedule'],
  targets: ['calculus', 'schedule', 'optimize', 'runtime'],
  runtime: ['calculus', 'data', 'diagnostics', 'targets'],
  data: ['diagnostics', 'runtime'],
  verify: ['diagnostics', 'calculus', 'derive', 'schedule', 'targets', 'runtime'],
  report: [],
  document: ['diagnostics', 'syntax', 'calculus', 'check', 'derive', 'verify'],
  'language-service': ['diagnostics', 'syntax', 'format', 'check', 'calculus', 'derive'],
  bundle: ['diagnostics', 'check', 'derive', 'schedule', 'targets'],
};
const folders = [...Object.keys(dependencies), 'cli'];

const layers = Object.entries(dependencies).map(([folder, allowed]) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          ...(folder === 'targets' ? [] : [tensorflow]),
          {
            group: folders
              .filter((other) => other !== folder && !allowed.includes(other))
              .map((other) => `../**/${other}/**`),
            allowTypeImports: true,
            message: 'This folder does not build on that one: see eslint.config.js and docs/architecture.md.',
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['**/dist/', 'docs/api/', 'runs/', 'node_modules/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'object-shorthand': 'error',
      '@typescript-eslint/array-type': 'error',
      '@typescript-eslint/consistent-type-definitions': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'error',
      '@typescript-eslint/no-unnecessary-type-arguments': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // `||` on numbers and texts means "not zero", "not empty".
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: true }],
      '@typescript-eslint/prefer-optional-chain': 'error',
      '@typescript-eslint/prefer-string-starts-ends-with': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // A command is asynchronous because some commands are.
      '@typescript-eslint/require-await': 'off',
      // Files are run as they stand: types are erased, nothing is compiled.
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Write a union of literals: an enum is not erasable.' },
        {
          selector: 'TSParameterProperty',
          message: 'Assign in the body: a parameter property is not erasable.',
        },
        { selector: 'TSModuleDeclaration[kind="namespace"]', message: 'A file is a module.' },
      ],
    },
  },
  ...layers,
  {
    // Where programs written by the compiler become functions.
    files: [
      'src/calculus/scalar-function.ts',
      'src/runtime/kernels/host.ts',
      'src/targets/interpreter.ts',
      'src/targets/tfjs/load.ts',
      'test/**/*.ts',
    ],
    rules: {
      '@typescript-eslint/no-implied-eval': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    // Coefficients as they are published.
    files: ['src/runtime/special-gamma.ts'],
    rules: { 'no-loss-of-precision': 'off' },
  },
  {
    // Tests look into values of any shape and hold reference numbers with all their digits.
    files: ['test/**/*.ts'],
    rules: {
      'no-control-regex': 'off',
      'no-loss-of-precision': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
    },
  },
);
