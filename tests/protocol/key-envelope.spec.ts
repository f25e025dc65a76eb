import { Chacha20Poly1305 } from '@hpke/chacha20poly1305';
import { CipherSuite, HkdfSha256 } from '@hpke/core';
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519';
import { keyPairFromSeed } from '@ton/crypto';
import {
    bytesToHex,
    contentKeyHash,
    ENVELOPE_BYTES,
    type EnvelopePurpose,
    hexToBytes,
    openKeyEnvelope,
    SealError,
    sealKeyEnvelope,
    utf8ToBytes,
} from '../../protocol';
import vectors from './sealing-vectors.json';

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const HASH = contentKeyHash(KEY);
const NODE = keyPairFromSeed(Buffer.alloc(32, 3));
const OTHER = keyPairFromSeed(Buffer.alloc(32, 4));
const WORK: EnvelopePurpose = { kind: 'work' };
const CHECK = {
    kind: 'check',
    escrow: { workchain: 0, hash: new Uint8Array(32).fill(7) },
    jobId: 5,
    index: 3,
    stake: { workchain: 0, hash: new Uint8Array(32).fill(8) },
} as const;

async function refusal(work: Promise<unknown>): Promise<string | undefined> {
    try {
        await work;
    } catch (error) {
        if (error instanceof SealError) return error.code;
        throw error;
    }
    return undefined;
}

describe('HPKE', () => {
    it('is that of RFC 9180, A.2.1', async () => {
        const suite = new CipherSuite({
            kem: new DhkemX25519HkdfSha256(),
            kdf: new HkdfSha256(),
            aead: new Chacha20Poly1305(),
        });
        const { ikmE, pkRm, skRm, enc, info, aad, plain, sealed } = vectors.rfc9180;
        const bytes = (hex: string) => Uint8Array.from(hexToBytes(hex)).buffer;
        const sender = await suite.createSenderContext({
            recipientPublicKey: await suite.kem.importKey('raw', bytes(pkRm), true),
            info: bytes(info),
            ekm: bytes(ikmE),
        });
        expect(bytesToHex(new Uint8Array(sender.enc))).toBe(enc);
        const text = Uint8Array.from(utf8ToBytes(plain)).buffer;
        expect(bytesToHex(new Uint8Array(await sender.seal(text, bytes(aad))))).toBe(sealed);
        const recipient = await suite.createRecipientContext({
            recipientKey: await suite.kem.importKey('raw', bytes(skRm), false),
            enc: bytes(enc),
            info: bytes(info),
        });
        const opened = await recipient.open(bytes(sealed), bytes(aad));
        expect(bytesToHex(new Uint8Array(opened))).toBe(bytesToHex(utf8ToBytes(plain)));
    });
});

describe('A key envelope', () => {
    it('of long ago still opens', async () => {
        for (const { purpose, envelope } of vectors.envelopes) {
            const for_ = purpose === 'work' ? WORK : CHECK;
            const key = await openKeyEnvelope(hexToBytes(envelope), HASH, NODE.secretKey, for_);
            expect(bytesToHex(key)).toBe(bytesToHex(KEY));
        }
    });

    it('is opened by its node, and is another one each time', async () => {
        const first = await sealKeyEnvelope(KEY, HASH, NODE.publicKey, CHECK);
        const second = await sealKeyEnvelope(KEY, HASH, NODE.publicKey, CHECK);
        expect(first).toHaveLength(ENVELOPE_BYTES);
        expect(bytesToHex(first)).not.toBe(bytesToHex(second));
        const key = await openKeyEnvelope(first, HASH, NODE.secretKey, CHECK);
        expect(bytesToHex(key)).toBe(bytesToHex(KEY));
    });

    it('is refused for another node, job, item, stake or purpose', async () => {
        const envelope = await sealKeyEnvelope(KEY, HASH, NODE.publicKey, CHECK);
        const open = (purpose: EnvelopePurpose, secret = NODE.secretKey, hash = HASH) =>
            refusal(openKeyEnvelope(envelope, hash, secret, purpose));
        expect(await open(CHECK, OTHER.secretKey)).toBe('ENVELOPE_REFUSED');
        expect(await open({ ...CHECK, jobId: 6 })).toBe('ENVELOPE_REFUSED');
        expect(await open({ ...CHECK, index: 4 })).toBe('ENVELOPE_REFUSED');
        const another = { workchain: 0, hash: new Uint8Array(32).fill(9) };
        expect(await open({ ...CHECK, escrow: another })).toBe('ENVELOPE_REFUSED');
        expect(await open({ ...CHECK, stake: another })).toBe('ENVELOPE_REFUSED');
        expect(await open(WORK)).toBe('ENVELOPE_REFUSED');
        const otherHash = contentKeyHash(new Uint8Array(32).fill(1));
        expect(await open(CHECK, NODE.secretKey, otherHash)).toBe('ENVELOPE_REFUSED');
    });

    it('is refused when a bit of it was changed, or it is too short or too long', async () => {
        const envelope = await sealKeyEnvelope(KEY, HASH, NODE.publicKey, WORK);
        const open = (bytes: Uint8Array) =>
            refusal(openKeyEnvelope(bytes, HASH, NODE.secretKey, WORK));
        for (const at of [0, 20, 32, 60, ENVELOPE_BYTES - 1]) {
            const changed = Uint8Array.from(envelope);
            changed[at] = (changed[at] ?? 0) ^ 1;
            expect(await open(changed)).toBe('ENVELOPE_REFUSED');
        }
        expect(await open(envelope.subarray(1))).toBe('ENVELOPE_MALFORMED');
        expect(await open(new Uint8Array([...envelope, 0]))).toBe('ENVELOPE_MALFORMED');
    });

    it('is not made of a key that was not committed to, nor for a node key of low order', async () => {
        const wrong = new Uint8Array(32).fill(1);
        expect(await refusal(sealKeyEnvelope(wrong, HASH, NODE.publicKey, WORK))).toBe('KEY_WRONG');
        for (const point of vectors.lowOrder) {
            const sealing = sealKeyEnvelope(KEY, HASH, hexToBytes(point), WORK);
            expect(await refusal(sealing)).toBe('NODE_KEY_UNUSABLE');
        }
    });
});
