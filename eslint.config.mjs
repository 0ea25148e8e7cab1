import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import { defineConfig } from 'eslint/config';
import prettierRecommended from 'eslint-plugin-prettier/recommended';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// Every rule of Jupyter's own plugin is an error: what warns is not read.
const asErrors = configuration => ({
  ...configuration,
  rules: Object.fromEntries(
    Object.entries(configuration.rules ?? {}).map(([name, setting]) => [
      name,
      Array.isArray(setting) ? ['error', ...setting.slice(1)] : 'error'
    ])
  )
});

export default defineConfig([
  {
    ignores: [
      '.venv',
      'coverage',
      'dist',
      'lib',
      'node_modules',
      'server_ext/jupyterlab_slipway',
      'server_ext/tests',
      '**/docs_page/swagger-ui',
      '**/*.d.ts',
      'src/deployments/wire.ts',
      'playwright-report',
      'test-results'
    ]
  },
  js.configs.recommended,
  tseslint.configs.recommended,
  { plugins: { jupyter } },
  [jupyter.configs.recommended].flat().map(asErrors),
  {
    files: ['**/*.mjs', '*.js'],
    languageOptions: { globals: globals.node },
    rules: { '@typescript-eslint/no-require-imports': 'off' }
  },
  {
    files: ['**/docs_page/*.js'],
    languageOptions: {
      globals: { ...globals.browser, SwaggerUIBundle: 'readonly' },
      sourceType: 'script'
    }
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      globals: { ...globals.browser, ...globals.es2020 },
      parserOptions: {
        project: ['tsconfig.test.json', 'ui-tests/tsconfig.json'],
        sourceType: 'module'
      }
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: { regex: '^I[A-Z]', match: true }
        }
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // The panel is there from the start, so that the layout can be restored.
      'jupyter/prefer-lazy-imports': [
        'error',
        { ignoreImports: ['../editor/*', '../panel/*'] }
      ],
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'no-console': 'error',
      'prefer-arrow-callback': 'error'
    }
  },
  prettierRecommended
]);
