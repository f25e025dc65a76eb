import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import {
    type CalibrationEvidence,
    type ComparisonRule,
    encodeManifest,
    isBlobStoreUrl,
    isCocoonError,
} from '../../protocol';
import { pushBlob } from '../../sdk';
import { type ConfigFlags, configFrom } from '../config';
import { collect, type CommandContext, formatBytes, UsageError } from '../terminal';
import { InputFileError, systemProblem } from './errors';
import { openModelShelf } from './model-shelf';
import { specInWords } from './tensor-files';
import { writeWhole } from './write-results';

export interface ModelWords {
    readonly licence?: string;
    readonly name?: string;
    readonly revision?: string;
    readonly description?: string;
    readonly homepage?: string;
    readonly entry?: string;
    readonly keepOutput?: readonly string[];
    readonly source?: readonly string[];
}

interface Flags extends ConfigFlags, ModelWords {
    readonly push?: readonly string[];
    readonly manifest?: string;
}

/** `cocoon publish`: makes a model of a folder, so that nodes can run it. */
export function publishCommand(context: CommandContext): Command {
    const command = new Command('publish')
        .description('make a model of your own, which nodes can be paid to run')
        .argument('<folder>', 'a folder with an ONNX file and its weights, or one .onnx file')
        .requiredOption('--licence <spdx>', 'its licence, such as MIT or Apache-2.0')
        .option('--name <name>', 'its name for people; that of the folder unless set')
        .option('--revision <text>', 'its revision for people; 1 unless set')
        .option('--description <text>', 'what it does')
        .option('--homepage <url>', 'its page')
        .option('--entry <path>', 'the ONNX file, where the folder has several')
        .option('--keep-output <name>', 'an output that clients want; all unless set', collect)
        .option('--source <url>', 'where its files will be served: a URL, or npm:…', collect)
        .option('--push <url>', 'give manifest and files to this blob store', collect)
        .option('--manifest <file>', 'write the manifest into this file, too')
        .addHelpText(
            'after',
            `
The model is checked as nodes check it, its files are hashed, and its manifest goes into your own
models: "cocoon submit <hash>" works at once. Nodes get the files from you while a job is open, from
its sources, or from the stores that it was pushed to.

Examples:
  $ cocoon publish ./digits --licence MIT --name digits
  $ cocoon publish digits.onnx --licence MIT --source https://models.example.org/digits
  $ cocoon publish ./digits --licence MIT --push https://store.example.org/blobs`,
        );
    return command.action((path: string) =>
        publish(path, command.optsWithGlobals<Flags>(), context),
    );
}

async function publish(path: string, flags: Flags, context: CommandContext): Promise<void> {
    const { terminal, signal } = context;
    const { push = [] } = flags;
    const wrong = push.find((store) => !isBlobStoreUrl(store));
    if (wrong !== undefined) {
        throw new UsageError(`${wrong} cannot be a blob store.`, 'Give an http or https URL.');
    }
    const shelf = await openModelShelf(configFrom(flags, context.env), context);
    terminal.progress('Checking and hashing the model…');
    const model = await publishModel(shelf, path, flags);
    const { manifest, hash, name } = model;
    const bytes = encodeManifest(manifest);
    if (flags.manifest !== undefined) await writeWhole(flags.manifest, bytes);
    for (const store of push) {
        terminal.progress(`Giving the manifest to ${store}…`);
        await pushBlob(bytes, store, { signal });
        for (const file of manifest.files) {
            terminal.progress(`Giving ${file.path} (${formatBytes(file.bytes)}) to ${store}…`);
            const content = await readFile(shelf.files.path(file.sha256));
            await pushBlob(content, store, { signal, timeoutMs: 60_000 + file.bytes / 1000 });
        }
    }
    const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    terminal.result(
        {
            name,
            hash,
            licence: manifest.licence,
            bytes: total,
            inputs: manifest.inputs,
            outputs: manifest.outputs,
            pushed: push,
        },
        [
            hash,
            `${name}, licence ${manifest.licence}, ${formatBytes(total)} in ${manifest.files.length} files`,
            ...manifest.inputs.map((spec) => `  takes ${specInWords(spec)}`),
            ...manifest.outputs.map((spec) => `  gives ${specInWords(spec)}`),
        ].join('\n'),
    );
    terminal.note(`Run it with: cocoon submit ${hash.slice(0, 12)} --input …`);
    for (const store of push)
        terminal.note(`Others add it with: cocoon models add ${hash} --from ${store}`);
}

/** Keeps a folder, or a file, as a model of this home. */
export async function publishModel(
    shelf: Awaited<ReturnType<typeof openModelShelf>>,
    path: string,
    words: ModelWords,
    rules: {
        readonly comparison?: ComparisonRule;
        readonly calibration?: CalibrationEvidence;
    } = {},
) {
    const { licence, name, revision, description, homepage, entry, keepOutput, source } = words;
    try {
        return await shelf.publish(path, {
            licence,
            name: name ?? basename(resolve(path)).replace(/\.onnx$/i, ''),
            revision,
            description,
            homepage,
            entry,
            outputs: keepOutput,
            sources: source,
            ...rules,
        });
    } catch (error) {
        if (isCocoonError(error) || typeof (error as NodeJS.ErrnoException).code !== 'string') {
            throw error;
        }
        throw new InputFileError(path, systemProblem(error), undefined, error);
    }
}
