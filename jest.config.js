/** Packages that are ES modules only. */
const ES_MODULES = [
    'age-encryption',
    '@noble',
    '@scure',
    'd3-',
    'internmap',
    'tar',
    'express-rate-limit',
];

/** @type {import('jest').Config} */
module.exports = {
    testEnvironment: 'node',
    testMatch: ['<rootDir>/tests/**/*.spec.ts'],
    // A build copies package.json there.
    modulePathIgnorePatterns: ['<rootDir>/dist/'],
    testPathIgnorePatterns: ['/node_modules/', '<rootDir>/tests/package/'],
    transform: {
        '^.+\\.ts$': ['ts-jest', { diagnostics: false }],
        '^.+\\.m?js$': '<rootDir>/tests/jest/esm-transform.js',
    },
    transformIgnorePatterns: [`/node_modules/(?!(?:.*/node_modules/)?(?:${ES_MODULES.join('|')}))`],
    moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
    testTimeout: 60_000,
    maxWorkers: 3,
    snapshotFormat: { escapeString: true },
};
