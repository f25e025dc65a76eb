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

/** Packages of the peer-to-peer network, all of them ES modules only. */
const LIBP2P = [
    ...[
        '@achingbrain',
        '@chainsafe',
        '@libp2p',
        '@multiformats',
        '@peculiar/utils',
        '@sindresorhus',
    ],
    ...[
        'abort-error',
        'any-signal',
        'cborg',
        'datastore-core',
        'delay',
        'freeport-promise',
        'get-port',
    ],
    ...[
        'interface-',
        'is-loopback-addr',
        'is-network-error',
        'it-',
        'libp2p',
        'main-event',
        'mortice',
    ],
    ...[
        'ms/',
        'multiformats',
        'nanoid',
        'p-',
        'progress-events',
        'protons-runtime',
        'race-',
        'random-int',
    ],
    ...['retimeable-signal', 'supports-color', 'uint8', 'unlimited-timeout', 'weald', 'wherearewe'],
];

/** What takes minutes: `npm run test:long` runs these, and `npm test` leaves them out. */
const LONG = [
    'tests/bench/fuzz',
    'tests/calibration/(catalogue|classes|contract)',
    'tests/cli/cocoon/ocr',
    'tests/cli/(by-key|demo|dev|doctor)',
    'tests/cli/(provider|earnings|page)-command',
    'tests/cli/(two-markets|upgrade|verifier-page)',
    'tests/cli/cocoon/(submit|no-bid|bad-node|sealed)',
    'tests/cli/cocoon/run.spec',
    'tests/cli/cocoon/calibrate',
    'tests/contracts/check-property',
    'tests/contracts/check-races',
    'tests/contracts/jury-appeal',
    'tests/contracts/property',
    'tests/contracts/races',
    'tests/network/(load|nat|stream-exchange|transfers)',
    'tests/explorer/faults',
    'tests/killed/(faults|full-disk|provider-everywhere|verifier-everywhere)',
    'tests/provider/page/(browser-all|verifier-page)',
    'tests/provider/(operator|peer-network|restart.spec|load|checked|owner|outcomes|reasons|sealed)',
    'tests/runtime/execution-classes',
    'tests/scripts',
    'tests/tasks/read-picture',
    'tests/verifier/(appeal|check|joint|jury|node|restart|sealed)',
];

/** @type {import('jest').Config} */
module.exports = {
    testEnvironment: 'node',
    resolver: '<rootDir>/tests/jest/resolver.js',
    setupFiles: ['<rootDir>/tests/jest/fast-ton.js'],
    testMatch: ['<rootDir>/tests/**/*.spec.ts'],
    // A build copies package.json there.
    modulePathIgnorePatterns: ['<rootDir>/dist/'],
    testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/tests/package/',
        '<rootDir>/tests/(web|examples)/',
        ...(process.env['LONG'] === undefined ? LONG : []),
    ],
    transform: {
        '^.+\\.(ts|m?js)$': '<rootDir>/tests/jest/transform.js',
    },
    transformIgnorePatterns: [
        `/node_modules/(?!(?:.*/node_modules/)?(?:${[...ES_MODULES, ...LIBP2P].join('|')}))`,
    ],
    moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
    testTimeout: 60_000,
    maxWorkers: 3,
    snapshotFormat: { escapeString: true },
};
