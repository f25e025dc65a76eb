/** @type {import('jest').Config} */
module.exports = {
    testEnvironment: 'node',
    testMatch: ['<rootDir>/tests/**/*.spec.ts'],
    transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
    testTimeout: 60_000,
    maxWorkers: 2,
    snapshotFormat: { escapeString: true },
};
