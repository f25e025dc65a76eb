import { executeItem } from '../../runtime/execute';
import { ItemReader } from '../../runtime/item-reader';
import type { ChildMessage, ItemResult, ParentMessage } from '../../runtime/messages';
import { createSession, engineSession } from '../../runtime/native-engine';
import { createOutputCollector } from '../../runtime/output-collector';
import { OutputEncoder } from '../../runtime/output-parts';
import { OutputWriter } from '../../runtime/output-writer';
import { createProgressWriter } from '../../runtime/progress';
import { NODE_SETTINGS } from '../../runtime/session-settings';
import { SliceReader } from '../../runtime/slice-reader';
import type { ModelSignature } from '../../runtime';

/*
 * A child that loads one model after the other, where that of a node loads one. A message holds a
 * model, its signature as JSON and an item; what came of loading and of running are its results.
 */

const progress = createProgressWriter();
const [reader, writer, collector] = [
    new SliceReader(),
    new OutputWriter(),
    createOutputCollector(),
];
const MAX_OUTPUT_BYTES = 16 * 1024 ** 2;

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ParentMessage) => {
    if (message.type === 'run') void play(message.batch, message.items as readonly Uint8Array[]);
});

async function play(batch: number, [model, signature, item]: readonly Uint8Array[]) {
    if (model === undefined || signature === undefined || item === undefined) return;
    const { inputs, outputs } = JSON.parse(Buffer.from(signature).toString()) as ModelSignature;
    progress.started({ batch, item: 0 });
    const results: ItemResult[] = [];
    try {
        const session = await createSession(model, [], NODE_SETTINGS);
        try {
            results.push({ kind: 'inline', bytes: new Uint8Array(0), elapsedUs: 0 });
            progress.started({ batch, item: 1 });
            const names = outputs.map(({ name }) => name);
            const engine = engineSession(session);
            const loaded = {
                session: engine,
                outputs: names,
                items: new ItemReader(inputs),
                encoder: new OutputEncoder(),
                reader,
                writer,
                collector,
            };
            const request = {
                type: 'run',
                batch,
                items: [],
                maxOutputBytes: MAX_OUTPUT_BYTES,
            } as const;
            results.push(await (await executeItem(loaded, item, request)).result);
        } finally {
            await session.release();
        }
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        results.push({ kind: 'error', code: 'LOAD_FAILED', message, elapsedUs: 0 });
    }
    progress.idle();
    send({ type: 'results', batch, from: 0, results, done: true, rssBytes: 0 });
}

function send(message: ChildMessage): void {
    process.send?.(message);
}
