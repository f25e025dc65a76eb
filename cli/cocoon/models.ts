import { Command } from 'commander';
import { CATALOGUE, type CatalogueModel } from '../../models';
import { readUrl } from '../../models/node';
import {
    type CalibrationEvidence,
    isBlobStoreUrl,
    isHashHex,
    isHttpUrl,
    MAX_MANIFEST_BYTES,
    type ModelManifest,
} from '../../protocol';
import { fetchBlob } from '../../sdk';
import { type ConfigFlags, configFrom } from '../config';
import { collect, type CommandContext, formatBytes, table, UsageError } from '../terminal';
import { canonicalManifest } from './canonical-manifest';
import { type ModelShelf, openModelShelf } from './model-shelf';
import { readSmallFile, specInWords } from './tensor-files';

/** `cocoon models`: what can be run and named. */
export function modelsCommand(context: CommandContext): Command {
    const command = new Command('models').description(
        'list, show, add, fetch and remove models: the catalogue and your own',
    );
    const shelfFor = (verb: Command) =>
        openModelShelf(configFrom(verb.optsWithGlobals<ConfigFlags>(), context.env), context);

    const list = new Command('list')
        .description('list all models with their licences (what "cocoon models" does)')
        .action(async () => listModels(await shelfFor(list), context));
    const show = new Command('show')
        .description('show what goes into a model and what comes out, and where its files are')
        .argument('<model>', 'its name, hash, or the first 8 digits of its hash')
        .action(async (asked: string) => {
            const shelf = await shelfFor(show);
            const model = await shelf.find(asked);
            context.terminal.result(
                {
                    ...model.manifest,
                    title: model.manifest.name,
                    name: model.name,
                    hash: model.hash,
                    here: shelf.has(model),
                },
                describe(model, shelf),
            );
        });
    const add = new Command('add')
        .description('add the manifest of a model, so that it can be named')
        .argument('<manifest>', 'a file, an http(s) URL, or a hash together with --from')
        .option('--from <store>', 'base URL of a blob store that has it; may be repeated', collect)
        .action(async (what: string) => {
            const { from = [] } = add.opts<{ readonly from?: readonly string[] }>();
            await addModel(what, from, await shelfFor(add), context);
        });
    const fetchModel = new Command('fetch')
        .description('fetch the files of a model and check them against their hashes')
        .argument('<model>', 'its name or hash')
        .option('--from <store>', 'base URL of a blob store to ask; may be repeated', collect)
        .action(async (asked: string) => {
            const shelf = await shelfFor(fetchModel);
            const { from = [] } = fetchModel.opts<{ readonly from?: readonly string[] }>();
            const model = await shelf.find(asked);
            const { manifest, hash, name } = await shelf.obtain(model, checkStores(from));
            const bytes = sizeOf(model);
            context.terminal.result(
                { name, hash, licence: manifest.licence, files: manifest.files.length, bytes },
                `${name} is here: ${formatBytes(bytes)}, licence ${manifest.licence}.`,
            );
        });
    const remove = new Command('remove')
        .description('forget a model of your own, and delete the files of any model')
        .argument('<model>', 'its name or hash')
        .action(async (asked: string) => removeModel(asked, await shelfFor(remove), context));

    for (const verb of [show, add, fetchModel, remove]) command.addCommand(verb);
    return command.addCommand(list, { isDefault: true }).addHelpText(
        'after',
        `
A model is known by the hash of its manifest, which fixes every byte of its files. The catalogue
comes with the program; "add" and "cocoon publish" put models of your own beside it.

Examples:
  $ cocoon models
  $ cocoon models show silero-vad
  $ cocoon models fetch ocr-recogniser
  $ cocoon models add 3f9a…c1 --from https://store.example.org`,
    );
}

async function listModels(shelf: ModelShelf, { terminal }: CommandContext): Promise<void> {
    const models = await shelf.models();
    const own = new Set(models.filter((model) => !CATALOGUE.includes(model)));
    const rows = models.map((model) => [
        model.name,
        model.manifest.revision,
        model.manifest.licence,
        formatBytes(sizeOf(model)),
        shelf.has(model) ? 'yes' : 'no',
        own.has(model) ? 'own' : 'catalogue',
        model.hash.slice(0, 12),
    ]);
    terminal.result(
        models.map((model) => ({
            name: model.name,
            hash: model.hash,
            title: model.manifest.name,
            revision: model.manifest.revision,
            licence: model.manifest.licence,
            bytes: sizeOf(model),
            here: shelf.has(model),
            own: own.has(model),
        })),
        table(
            ['name', 'revision', 'licence', 'size', 'here', 'from', 'hash'].map((title) => ({
                title,
                right: title === 'size',
            })),
            rows,
        ),
    );
}

function describe(model: CatalogueModel, shelf: ModelShelf): string {
    const { manifest, hash, name } = model;
    const lines: (readonly [string, string])[] = [
        ['Model', `${manifest.name}, revision ${manifest.revision}`],
        ['Name', name],
        ['Hash', hash],
        ['Licence', manifest.licence],
        ...(manifest.homepage === undefined ? [] : [['Page', manifest.homepage] as const]),
        ...(manifest.description === undefined ? [] : [['', manifest.description] as const]),
        ...manifest.inputs.map((spec, at) => [at === 0 ? 'Takes' : '', specInWords(spec)] as const),
        ...manifest.outputs.map(
            (spec, at) => [at === 0 ? 'Gives' : '', specInWords(spec)] as const,
        ),
        ['Compared', comparedInWords(manifest)],
        ...(manifest.calibration === undefined
            ? []
            : [['Calibrated', calibrationInWords(manifest.calibration)] as const]),
        ...manifest.files.flatMap(({ path, bytes, sha256, sources }, at) => [
            [at === 0 ? 'Files' : '', `${path}, ${formatBytes(bytes)}, ${sha256}`] as const,
            ...sources.map((source) => ['', `  ${source}`] as const),
        ]),
        ['Here', shelf.has(model) ? 'yes' : `no; "cocoon models fetch ${name}" gets it`],
    ];
    return lines.map(([head, text]) => `${head.padEnd(12)}${text}`.trimEnd()).join('\n');
}

function comparedInWords({ comparison }: ModelManifest): string {
    if (comparison.class === 'exact') return 'byte for byte';
    const taus = comparison.outputs.map(({ tau }) => tau).join(', ');
    return `with a tolerance of ${taus}`;
}

function calibrationInWords({ inputs, classes, worstDistance, tool }: CalibrationEvidence): string {
    const kind = inputs.seed === undefined ? '' : 'random ';
    return (
        `with ${inputs.count} ${kind}inputs in ${classes.length} classes by ${tool}: ` +
        `at most ${worstDistance.toExponential(1)} apart`
    );
}

async function addModel(
    what: string,
    from: readonly string[],
    shelf: ModelShelf,
    context: CommandContext,
): Promise<void> {
    const bytes = await manifestBytes(what, from, context);
    const model = await shelf.library.add(bytes);
    const { name, hash, manifest } = model;
    context.terminal.result(
        { name, hash, licence: manifest.licence },
        `Added ${name}, licence ${manifest.licence}.\n${hash}`,
    );
}

async function manifestBytes(
    what: string,
    from: readonly string[],
    { terminal, signal }: CommandContext,
): Promise<Uint8Array> {
    if (isHashHex(what)) {
        if (from.length === 0) {
            throw new UsageError(
                'A hash says what to add, and not where it is.',
                'Name a blob store that has the manifest with --from <url>.',
            );
        }
        const options = { maxBytes: MAX_MANIFEST_BYTES, signal };
        return fetchBlob(what, checkStores(from), options);
    }
    if (/^https?:/.test(what)) {
        if (!isHttpUrl(what)) throw new UsageError(`${what} is no http or https URL.`);
        terminal.progress('Fetching the manifest…');
        return canonicalManifest(
            await readUrl(what, { maxBytes: MAX_MANIFEST_BYTES, signal }),
            what,
        );
    }
    return canonicalManifest(await readSmallFile(what, MAX_MANIFEST_BYTES), what);
}

async function removeModel(
    asked: string,
    shelf: ModelShelf,
    { terminal }: CommandContext,
): Promise<void> {
    // A damaged manifest is in no list, and can only be named by its hash.
    if (isHashHex(asked) && (await isDamaged(shelf, asked))) {
        await shelf.library.remove(asked);
        return terminal.result({ hash: asked, forgotten: true }, 'The damaged manifest is gone.');
    }
    const model = await shelf.find(asked);
    const forgotten = await shelf.library.remove(model.hash);
    const needed = new Set(
        (await shelf.models())
            .filter((other) => other.hash !== model.hash)
            .flatMap(({ manifest }) => manifest.files.map(({ sha256 }) => sha256)),
    );
    let freed = 0;
    for (const { sha256, bytes } of model.manifest.files) {
        if (needed.has(sha256) || !shelf.files.has(sha256)) continue;
        await shelf.forget(sha256);
        freed += bytes;
    }
    terminal.result(
        { name: model.name, hash: model.hash, forgotten, freedBytes: freed },
        `${forgotten ? `Forgot ${model.name}` : `${model.name} stays in the catalogue`}; ` +
            `${formatBytes(freed)} of files were deleted.`,
    );
}

async function isDamaged(shelf: ModelShelf, hash: string): Promise<boolean> {
    const { damaged } = await shelf.library.list();
    return damaged.some((entry) => entry.hash === hash);
}

function checkStores(stores: readonly string[]): readonly string[] {
    const wrong = stores.find((store) => !isBlobStoreUrl(store));
    if (wrong === undefined) return stores;
    throw new UsageError(
        `${wrong} cannot be a blob store.`,
        'Give an http or https URL without a query, such as https://store.example.org/blobs.',
    );
}

function sizeOf({ manifest }: CatalogueModel): number {
    return manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
}
