/*
 * Where does somebody speak in a recording? A Node script.
 *
 *     ffmpeg -i talk.mp3 -ar 16000 -ac 1 -f s16le talk.raw
 *     ENDPOINT=… MARKET=… NETWORK=-3 WORDS="…" node node-script.js talk.raw
 */
import { readFile } from 'node:fs/promises';
import { toNano } from '@ton/core';
import { mnemonicToPrivateKey } from '@ton/crypto';
import { connect, createCocoon } from 'cocoon';
import { SILERO_VAD } from 'cocoon/models';
import { type Item, tensorOf, tensorValues } from 'cocoon/protocol';
import { createWallet } from 'cocoon/sdk/node';

const { ENDPOINT = '', MARKET = '', NETWORK = '-3', WORDS = '' } = process.env;
const RATE = 16_000;
const FRAME = 576;
const STEP = 512;

/** Frames of 36 ms, as the model takes them. */
function framesOf(samples: Int16Array): Item[] {
    const frames: Item[] = [];
    for (let at = 0; at + FRAME <= samples.length; at += STEP) {
        const values = [...samples.subarray(at, at + FRAME)].map((sample) => sample / 32_768);
        frames.push(
            new Map([
                ['input', tensorOf('float32', [1, FRAME], values)],
                ['state', tensorOf('float32', [2, 1, 128], new Array<number>(256).fill(0))],
                ['sr', tensorOf('int64', [], [BigInt(RATE)])],
            ]),
        );
    }
    return frames;
}

async function main(path: string): Promise<void> {
    const bytes = await readFile(path);
    const samples = new Int16Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 1);
    const keys = await mnemonicToPrivateKey(WORDS.split(' '));
    const chain = connect(ENDPOINT);
    const sender = createWallet({ chain, keys, network: Number(NETWORK) });
    const cocoon = createCocoon({ endpoint: ENDPOINT, market: MARKET, sender });
    const submission = cocoon.submit({
        manifest: SILERO_VAD.manifest,
        items: framesOf(samples),
        ceiling: toNano('0.1'),
    });
    for await (const event of submission) console.error(event.kind);
    const { items, price } = await submission.result;
    for (const item of items) {
        const output = item.status === 'done' ? item.output.get('output') : undefined;
        const chance = output && Number(tensorValues(output)[0]);
        console.log(((item.index * STEP) / RATE).toFixed(2), chance?.toFixed(3) ?? item.status);
    }
    console.error(`paid ${price} nanoGRAM`);
}

void main(process.argv[2] ?? 'talk.raw');
