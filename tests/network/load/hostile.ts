import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GossipSub } from '@libp2p/gossipsub';
import type { Connection } from '@libp2p/interface';
import { BLOB_PROTOCOL, encodeQuestion, MAX_CHUNKS_AHEAD } from '../../../network/blobs/wire';
import { HTTP_PROTOCOL } from '../../../network/http/protocol';
import { encodeHint, JOB_TOPIC } from '../../../network/job-hints';
import { hashFromHex } from '../../../protocol';
import { again, type Attack, type Attacker, socketOf, untilClosed } from './attack';
import { DHT, providerRecord } from './dht-record';
import { burst, garbage, loris, slowHeaders } from './raw';

const IDENTIFY_PUSH = '/ipfs/id/push/1.0.0';
const PROTOCOLS = [
    ...[BLOB_PROTOCOL, HTTP_PROTOCOL, DHT, IDENTIFY_PUSH, '/meshsub/1.1.0', '/ipfs/ping/1.0.0'],
    ...['/ipfs/id/1.0.0', '/libp2p/autonat/1.0.0', '/libp2p/dcutr'],
    '/libp2p/circuit/relay/0.2.0/hop',
];

/** Opens streams of all protocols and sends nothing on them. */
const silent = again(async (connection, { count }) => {
    while (connection.status === 'open') {
        const opening = PROTOCOLS.map((protocol) => connection.newStream(protocol));
        const opened = await Promise.allSettled(opening);
        for (const { status } of opened) count(status === 'fulfilled' ? 'streams' : 'no stream');
        await sleep(opened.some(({ status }) => status === 'fulfilled') ? 1_000 : 5_000);
    }
});

const FRAMES = [
    Buffer.from('ffffffffff', 'hex'),
    Buffer.from('ffffffffffffffffff01', 'hex'),
    Buffer.from('80808004', 'hex'),
    Buffer.from('0000002163', 'hex'),
    Buffer.from('00000000', 'hex'),
    // A length that does not end for longer is not among them: docs/network.md, "Not there yet".
    Buffer.alloc(100, 0xff),
    Buffer.concat([Buffer.from([0xff, 0xff, 0x0f]), Buffer.alloc(200_000, 7)]),
];

/** Frames of a wrong form or length, on streams of all protocols. */
const malformed = again(async (connection, { count }) => {
    while (connection.status === 'open') {
        for (const protocol of PROTOCOLS) {
            const stream = await connection.newStream(protocol);
            const frame = FRAMES[Math.floor(Math.random() * FRAMES.length)] ?? randomBytes(50);
            stream.send(frame);
            stream.send(randomBytes(100));
            count('frames');
            await sleep(300);
            stream.abort(new Error('enough'));
        }
    }
});

const askAll = async (connection: Connection, { target, count }: Attacker, streams: number) => {
    for (let at = 0; at < streams; at++) {
        const stream = await connection.newStream(BLOB_PROTOCOL);
        stream.pause();
        const sha256 = hashFromHex(target.largeBlob);
        stream.send(encodeQuestion({ kind: 'open', sha256 }));
        stream.send(encodeQuestion({ kind: 'chunks', from: 0, count: MAX_CHUNKS_AHEAD }));
        count('blobs asked for');
    }
};

const askHttp = async (connection: Connection, { target, count }: Attacker, streams: number) => {
    for (let at = 0; at < streams; at++) {
        const stream = await connection.newStream(HTTP_PROTOCOL);
        stream.pause();
        const request = `GET /blobs/${target.largeBlob} HTTP/1.1\r\nHost: x\r\n\r\n`;
        stream.send(Buffer.from(request));
        // More than anybody answers while the first answer is not taken.
        for (let part = 0; part < 64; part++) {
            stream.send(Buffer.from(request.repeat(600)));
        }
        count('answers asked for');
    }
};

/** Asks for as many chunks as it may, and takes none. */
const slowBlobs = again(async (connection, attacker) => {
    await askAll(connection, attacker, 8);
    await Promise.race([untilClosed(connection), sleep(40_000)]);
});

/** Asks for large answers, takes none, and asks on. */
const slowAnswers = again(async (connection, attacker) => {
    await askHttp(connection, attacker, 16);
    await Promise.race([untilClosed(connection), sleep(40_000)]);
});

/** The same, and reads nothing at all from its socket. */
const deaf = again(async (connection, attacker) => {
    await askAll(connection, attacker, 4);
    await askHttp(connection, attacker, 8);
    await sleep(500);
    socketOf(attacker.localAddress)?.pause();
    await Promise.race([untilClosed(connection), sleep(40_000)]);
});

const SMUGGLED = [
    'POST /blobs HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\nzz\r\n',
    'GET /health HTTP/1.1\nHost: x\n\n',
    'GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: y\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
    'GET /results/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
    `PUT /blobs/${'0'.repeat(64)} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nxx`,
    'GET /health HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    '\0\0\0\0\r\n\r\n',
];

/** What leads servers to take one request for two, or two for one. */
const smuggling = again(async (connection, { count }) => {
    while (connection.status === 'open') {
        for (const request of SMUGGLED) {
            const stream = await connection.newStream(HTTP_PROTOCOL);
            stream.send(Buffer.from(request, 'latin1'));
            count('requests');
            await sleep(400);
            stream.abort(new Error('enough'));
        }
    }
});

const flood = (messageOf: () => Uint8Array): Attack =>
    again(
        async (connection, { count }, peer) => {
            const { gossip } = peer.services as unknown as { gossip: GossipSub };
            gossip.subscribe(JOB_TOPIC);
            await sleep(1_000);
            while (connection.status === 'open') {
                await gossip.publish(JOB_TOPIC, messageOf()).catch(() => undefined);
                count('messages');
                await sleep(50);
            }
        },
        { gossip: true },
    );

const hints = flood(() => {
    const raw = () => `0:${randomBytes(32).toString('hex')}`;
    return encodeHint({ market: raw(), escrow: raw(), job: BigInt(randomBytes(2).readUInt16BE()) });
});
const noHints = flood(() => randomBytes(20_000));

/** Makes the node remember that this peer has what does not exist. */
const records = again(async (connection, { count }, peer) => {
    const stream = await connection.newStream(DHT);
    while (connection.status === 'open') {
        for (let at = 0; at < 20; at++) {
            stream.send(providerRecord(peer));
            count('records');
        }
        await sleep(200);
    }
});

/** Proves its key, and goes at once. */
const reconnecting = again(
    async (connection) => {
        await sleep(100);
        connection.abort(new Error('and again'));
    },
    { pauseMs: 3_000 },
);

export const HOSTILE: Readonly<Record<string, Attack>> = {
    ...{ loris, garbage, slowHeaders, burst, silent, malformed, slowBlobs, slowAnswers, deaf },
    ...{ smuggling, hints, noHints, records, reconnecting },
};
