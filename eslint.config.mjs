import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
    { ignores: ['node_modules/', 'dist/', 'build/', 'coverage/'] },
    eslint.configs.recommended,
    {
        files: ['**/*.ts', '**/*.tsx'],
        extends: [...tseslint.configs.recommendedTypeChecked],
        languageOptions: { parserOptions: { projectService: true } },
        rules: {
            '@typescript-eslint/consistent-type-imports': 'error',
            '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
            '@typescript-eslint/restrict-template-expressions': [
                'error',
                { allowNumber: true, allowBoolean: true },
            ],
            '@typescript-eslint/switch-exhaustiveness-check': 'error',
            'no-console': 'error',
            eqeqeq: 'error',
        },
    },
    {
        files: ['protocol/**/*.ts', 'models/*.ts', 'tasks/*.ts', 'tasks/ocr/*.ts'],
        rules: {
            'no-restricted-globals': [
                'error',
                'Buffer',
                'process',
                '__dirname',
                '__filename',
                'require',
            ],
            'no-restricted-imports': [
                'error',
                { patterns: ['node:*', '@ton/*', 'fs', 'path', 'crypto', 'buffer', 'os', 'util'] },
            ],
        },
    },
    {
        // Browsers load these with the packages of TON, which bring their own Buffer.
        files: [
            ...['wrappers/*.ts', 'sdk/*.ts'],
            ...['explorer/facts/*.ts', 'explorer/{browser,verify-job,wire}.ts'],
        ],
        rules: {
            'no-restricted-properties': [
                'error',
                ...['from', 'alloc', 'concat', 'isBuffer'].map((property) => ({
                    object: 'Buffer',
                    property,
                    message: 'Browsers have no Buffer: see wrappers/bytes.ts.',
                })),
            ],
            'no-restricted-globals': ['error', 'process', '__dirname', '__filename', 'require'],
        },
    },
    {
        files: ['**/bin.ts', 'scripts/**', 'cli/**', 'bench/**', 'examples/apps/**'],
        rules: { 'no-console': 'off' },
    },
    {
        files: ['**/*.js', '**/*.mjs'],
        languageOptions: {
            globals: {
                process: 'readonly',
                console: 'readonly',
                module: 'writable',
                require: 'readonly',
                __filename: 'readonly',
                URL: 'readonly',
            },
        },
    },
);
