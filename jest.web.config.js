/** The pages in a real browser, and the examples for Node, against an embedded chain with real nodes: `npm run test:web`. */
module.exports = {
    ...require('./jest.config'),
    testMatch: ['<rootDir>/tests/{web,examples}/**/*.spec.ts'],
    testPathIgnorePatterns: [
        '/node_modules/',
        ...(process.env['LONG'] === undefined ? ['tests/web/explorer-load'] : []),
    ],
    globalSetup: '<rootDir>/tests/web/build-pages.ts',
    testTimeout: 120_000,
    maxWorkers: 1,
    // The threads of node-datachannel, which WebRTC in Node.js runs on, stay until the process ends.
    forceExit: true,
};
