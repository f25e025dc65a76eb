import { readFile } from 'node:fs/promises';
import { toNano } from '@ton/core';
import { relit } from '../../bench/honest-checks/varied-picture';
import { roundWeights, seeded, WEIGHT_FORMATS } from '../../calibration';
import { loadPicture } from '../../cli/demo/picture';
import { OCR_RECOGNISER } from '../../models';
import { obtainModelFiles } from '../../models/node';
import {
    compareOutputs,
    decodeItem,
    encodeItem,
    hashToHex,
    type ModelManifest,
    sha256,
} from '../../protocol';
import { prepareJob } from '../../sdk';
import { isPaid } from '../../wrappers';
import { lineItem } from '../../tasks/ocr/line-items';
import { toRgb } from '../../tasks/ocr/picture';
import type { Attack } from '../attack';
import type { Arena } from '../arena/arena';
import { PRICE } from '../arena/scene';

const { manifest } = OCR_RECOGNISER;
const OUTPUT_BYTES = 2 * 1024 ** 2;

/** The model's file, in the store from which the verifiers of an arena execute. */
async function modelFile(arena: Arena): Promise<Uint8Array> {
    await obtainModelFiles(manifest, { target: arena.blobs });
    return readFile(arena.blobs.path(fileOf(manifest).sha256));
}

function fileOf({ files }: ModelManifest) {
    const [file] = files;
    if (file === undefined) throw new Error('The model has no file.');
    return file;
}

/**
 * A line of the receipt that the demo reads, as the recogniser takes it, photographed in other light
 * for each seed.
 */
async function lineOfReceipt(seed: string): Promise<Uint8Array> {
    const strip = {
        corner: { x: 89.1, y: 253.2 },
        along: { x: 0.9992, y: -0.04 },
        down: { x: 0.04, y: 0.9992 },
        width: 219.3,
        height: 28.9,
    };
    const picture = relit(toRgb((await loadPicture()).picture), seeded(seed));
    return encodeItem(lineItem(picture, strip, 320));
}

/** What the model gives with these weights: really executed. */
async function execute(arena: Arena, bytes: Uint8Array, item: Uint8Array): Promise<Uint8Array> {
    const file = { ...fileOf(manifest), sha256: hashToHex(sha256(bytes)), bytes: bytes.length };
    await arena.blobs.write(bytes);
    const model = await arena.runtime.load(
        { manifest: { ...manifest, files: [file] }, locate: () => arena.blobs.path(file.sha256) },
        { limits: { maxOutputBytes: OUTPUT_BYTES } },
    );
    try {
        for await (const outcome of model.run([item])) {
            if (outcome.status === 'done') return outcome.output;
        }
        throw new Error('The model gave no output.');
    } finally {
        await model.stop();
    }
}

/** Whether all of a result lies within the tolerance of the manifest. */
function isRight(expected: Uint8Array, actual: Uint8Array): boolean {
    return compareOutputs(manifest.comparison, decodeItem(expected), decodeItem(actual)).equal;
}

/** A real model of 11 MB with weights that take half or a quarter of the memory and the work. */
export const weights: readonly Attack[] = WEIGHT_FORMATS.map((format) => ({
    name: `weights rounded to ${format}`,
    role: 'provider',
    how: `executes a text recogniser whose weights it has rounded to ${format}`,
    // Rounding is seen more or less well on one input or another: none may pay.
    cases: ['dim', 'dull', 'plain', 'bright', 'glaring'].map((light) => `a ${light} receipt`),
    play: async (ring, { name }) => {
        const { arena } = ring;
        const bytes = await modelFile(arena);
        const cheat = await ring.provider('attacker', { models: [bytes] });
        const item = await lineOfReceipt(name);
        const output = await execute(arena, roundWeights(bytes, format), item);
        const right = isRight(await execute(arena, bytes, item), output);
        const limits = { outputBytesPerItem: OUTPUT_BYTES };
        const job = prepareJob({ manifest, items: [item], sources: [], limits });
        const posted = await arena.post(job, { manifest });
        await cheat.node.deliver(posted, () => output);
        const story = await ring.settle(cheat, posted);
        // The tolerance is part of what the client has ordered, and rounding saves a processor no
        // work: a result within it, by the whole tensor and not by a sketch, is worth its price.
        if (right && isPaid(await ring.outcome(posted)))
            ring.books.deliver(cheat.party, ring.client, PRICE);
        return { caughtBy: `${story}${right ? '; a right result' : ''}` };
    },
    // Where the distance lies between tau and eight of it the check is void, at the verifier's cost too.
    stated: { client: PRICE + toNano('0.06'), verifier: toNano('0.02') },
}));
