/** The package as its users get it: packed, installed into an empty folder, and run there. */
module.exports = {
    ...require('./jest.config'),
    testMatch: ['<rootDir>/tests/package/**/*.spec.ts'],
    testPathIgnorePatterns: ['/node_modules/'],
    testTimeout: 600_000,
};
