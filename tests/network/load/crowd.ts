import { setTimeout as sleep } from 'node:timers/promises';
import { FrameReader } from '../../../network/blobs/frames';
import {
    BLOB_PROTOCOL,
    decodeAnswer,
    encodeQuestion,
    MAX_ANSWER_BYTES,
} from '../../../network/blobs/wire';
import { hashFromHex } from '../../../protocol';
import { again, type Attack } from './attack';

/** Holds its connection, and asks for a chunk now and then. */
const reader = again(async (connection, { target, count }) => {
    const sha256 = hashFromHex(target.largeBlob);
    while (connection.status === 'open') {
        const stream = await connection.newStream(BLOB_PROTOCOL);
        const frames = new FrameReader(stream, {
            maxFrameBytes: MAX_ANSWER_BYTES,
            maxWaiting: 4,
        });
        stream.send(encodeQuestion({ kind: 'open', sha256 }));
        const offer = decodeAnswer((await frames.next(30_000)) ?? new Uint8Array());
        if (offer.kind === 'offer') {
            stream.send(encodeQuestion({ kind: 'chunks', from: 0, count: 1 }));
            await frames.next(30_000);
            count('chunk');
        } else count('told to come later');
        await stream.close();
        await sleep(5_000 + Math.random() * 5_000);
    }
});

export const CROWD: Readonly<Record<string, Attack>> = { reader };
