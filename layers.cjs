/**
 * The layers of docs/architecture.md, lowest first: a folder may import from itself and from the
 * folders of its row. Everything else, and every circle, fails the lint.
 */
const layers = {
    protocol: [],
    wrappers: ['protocol', 'build'],
    network: ['protocol'],
    runtime: ['protocol'],
    models: ['runtime', 'protocol'],
    calibration: ['models', 'runtime', 'protocol'],
    tasks: ['models', 'protocol'],
    // Those in examples/apps import the package by its name, as users do.
    examples: ['protocol'],
    devnet: ['wrappers', 'protocol'],
    sdk: ['wrappers', 'protocol'],
    explorer: ['models', 'sdk', 'wrappers', 'protocol'],
    scripts: ['sdk', 'wrappers', 'protocol'],
    provider: ['sdk', 'network', 'models', 'runtime', 'wrappers', 'protocol'],
    verifier: ['provider', 'sdk', 'network', 'runtime', 'wrappers', 'protocol'],
    web: ['examples', 'explorer', 'sdk', 'network', 'tasks', 'models', 'wrappers', 'protocol'],
    cli: [
        'examples',
        'verifier',
        'provider',
        'explorer',
        'tasks',
        'calibration',
        'models',
        'sdk',
        'network',
        'runtime',
        'devnet',
        'wrappers',
        'protocol',
    ],
    sim: ['cli', 'verifier', 'provider', 'wrappers', 'protocol'],
};
const others = ['attack', 'bench', 'tests', 'build'];
const folders = [...Object.keys(layers), ...others];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
    forbidden: [
        {
            name: 'no-circles',
            severity: 'error',
            from: {},
            to: { circular: true },
        },
        ...Object.entries(layers).map(([folder, allowed]) => ({
            name: `${folder}-imports-downwards`,
            comment: `${folder}/ may import only from: ${allowed.join(', ') || 'nothing'}.`,
            severity: 'error',
            from: { path: `^${folder}/` },
            to: {
                path: folders
                    .filter((other) => other !== folder && !allowed.includes(other))
                    .map((other) => `^${other}/`),
            },
        })),
    ],
    options: {
        doNotFollow: { path: ['node_modules'] },
        exclude: { path: ['^node_modules', '^dist', '^coverage'] },
        tsConfig: { fileName: 'tsconfig.json' },
        tsPreCompilationDeps: true,
    },
};
