/*
 * A folder of ten thousand files as one job. Killed at any moment, it goes on when it is started again.
 *
 *     ENDPOINT=… MARKET=… WORDS="…" node batch-folder.js frames/   # 576 samples (s16le) in each *.raw
 */
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toNano } from '@ton/core';
import { mnemonicToPrivateKey } from '@ton/crypto';
import { connect, createCocoon, type ItemResult } from 'cocoon';
import { SILERO_VAD } from 'cocoon/models';
import { type Item, tensorOf, tensorValues } from 'cocoon/protocol';
import { createFolderShelf, createWallet } from 'cocoon/sdk/node';

const { ENDPOINT = '', MARKET = '', NETWORK = '-3', WORDS = '', CEILING = '1' } = process.env;

async function itemOf(path: string): Promise<Item> {
    const { buffer } = new Uint8Array(await readFile(path));
    const samples = Array.from(new Int16Array(buffer), (sample) => sample / 32_768);
    return new Map([
        ['input', tensorOf('float32', [1, 576], samples)],
        ['state', tensorOf('float32', [2, 1, 128], new Array<number>(256).fill(0))],
        ['sr', tensorOf('int64', [], [16_000n])],
    ]);
}

async function main(folder: string): Promise<void> {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.raw')).sort();
    const table = join(folder, 'results.csv');
    const rows = (await readFile(table, 'utf8').catch(() => '')).split('\n');
    const written = new Set(rows.map((row) => row.split(',')[0]));

    const keys = await mnemonicToPrivateKey(WORDS.split(' '));
    const sender = createWallet({ chain: connect(ENDPOINT), keys, network: Number(NETWORK) });
    // On the disk before anything is paid: what it takes to go on.
    const shelf = createFolderShelf(join(folder, 'jobs'));
    const cocoon = createCocoon({ endpoint: ENDPOINT, market: MARKET, sender, shelf });

    const onItem = async (item: ItemResult) => {
        const name = names[item.index] ?? '';
        const output = item.status === 'done' ? item.output.get('output') : undefined;
        const value = output ? tensorValues(output)[0] : item.status;
        if (!written.has(name)) await appendFile(table, `${name},${value}\n`);
    };
    const submit = async () => {
        const items = await Promise.all(names.map((name) => itemOf(join(folder, name))));
        const { manifest } = SILERO_VAD;
        return cocoon.submit({ manifest, items, ceiling: toNano(CEILING), onItem });
    };
    const [kept] = await cocoon.jobs();
    const submission = kept ? cocoon.resume(kept.id, { onItem }) : await submit();
    for await (const { kind } of submission) console.error(kind);
    console.error(`paid ${(await submission.result).price} nanoGRAM`);
}

void main(process.argv[2] ?? 'frames');
