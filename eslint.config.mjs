import eslint from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * The layers of docs/architecture.md, lowest first. A folder may import only from folders named
 * in its own row; everything else is an upward or sideways import and fails the lint.
 */
const layers = {
    protocol: [],
    wrappers: ['protocol', 'build'],
    devnet: ['wrappers', 'protocol'],
    runtime: ['protocol'],
    sdk: ['wrappers', 'protocol'],
    provider: ['sdk', 'runtime', 'wrappers', 'protocol'],
    cli: ['examples', 'provider', 'sdk', 'runtime', 'devnet', 'wrappers', 'protocol'],
    scripts: ['sdk', 'wrappers', 'protocol'],
    examples: ['protocol'],
};
const folders = [...Object.keys(layers), 'bench', 'tests', 'build'];
const zones = Object.entries(layers).map(([folder, allowed]) => ({
    target: `./${folder}`,
    from: folders
        .filter((other) => other !== folder && !allowed.includes(other))
        .map((f) => `./${f}`),
    message: `${folder}/ may import only from: ${allowed.join(', ') || 'nothing'}.`,
}));

export default tseslint.config(
    { ignores: ['node_modules/', 'dist/', 'build/', 'coverage/'] },
    eslint.configs.recommended,
    {
        files: ['**/*.ts'],
        extends: [...tseslint.configs.recommendedTypeChecked],
        plugins: { 'import-x': importX },
        languageOptions: { parserOptions: { projectService: true } },
        settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.js', '.json'] } } },
        rules: {
            'import-x/no-cycle': ['error', { ignoreExternal: true }],
            'import-x/no-restricted-paths': ['error', { zones }],
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
        files: ['protocol/**/*.ts'],
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
        files: ['**/bin.ts', 'scripts/**', 'cli/**', 'bench/**'],
        rules: { 'no-console': 'off' },
    },
    {
        files: ['**/*.js', '**/*.mjs'],
        languageOptions: {
            globals: {
                process: 'readonly',
                console: 'readonly',
                module: 'writable',
                URL: 'readonly',
            },
        },
    },
);
