import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'data/**', 'coverage/**', '.cache/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      'no-console': 'error',
      // A log message is fixed text: what is put together from data may hold a person's (src/operations/logging.ts).
      'no-restricted-syntax': [
        'error',
        ...['TemplateLiteral[expressions.length>0]', 'BinaryExpression', 'Literal[value=/%/]'].map((argument) => ({
          selector: `CallExpression[callee.property.name=/^(error|warn|info|debug)$/]:matches([callee.object.name=/logger$/i], [callee.object.property.name=/logger$/i]) > ${argument}.arguments`,
          message:
            'A log message is fixed lower-case text; put technical values in the fields that src/operations/logging.ts lists.',
        })),
      ],
    },
  },
  {
    files: ['scripts/**', '**/*.mjs', 'eslint.config.js', 'jest.config.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
      },
    },
    rules: { 'no-console': 'off' },
  },
  { files: ['src/cli/**', 'tests/bench/**'], rules: { 'no-console': 'off' } },
);
