import { concatBytes, i8ToBytes, u32ToBytes, u64ToBytes, utf8ToBytes } from './bytes';
import { checkContentKey, CONTENT_KEY_BYTES } from './content-key';
import { SealError } from './errors';
import { asHash, hashFromHex, type HashHex } from './hash';
import type { LeafContext } from './leaf';

/*
 * The content key of a job, or the key of one of its items, for one node: HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256 and ChaCha20Poly1305:
 *
 *     32  the encapsulated key
 *     48  that key, encrypted
 *
 * The recipient's X25519 key is its Ed25519 node key in its Montgomery form. One key pair for both
 * is sound for this KEM and Ed25519 (Thormarker, "On using the same key pair for Ed25519 and an
 * X25519 based KEM", ePrint 2021/509). The sender is not authenticated, and need not be: the
 * key is one that the spec commits to, or it is refused. What an envelope is for stands
 * in the info of HPKE, so that one cannot be passed off as another:
 *
 *      1  length of the tag, 22
 *     22  "cocoon.key-envelope.v1"
 *     32  SHA-256 of the key that is inside
 *     32  the recipient's node key
 *      1  0 for the content key; for the key of an item 1, and then
 *     41  workchain and account hash of the Escrow, and the job id
 *      4  index of the item
 *     33  workchain and account hash of the recipient's Stake
 */
const TAG_TEXT = utf8ToBytes('cocoon.key-envelope.v1');
const ENCAPSULATED_BYTES = 32;
const SEED_BYTES = 32;

declare global {
    /** A key of WebCrypto, as the library takes it; the types of Node.js do not name it. */
    interface CryptoKey {
        readonly extractable: boolean;
    }
}

/** Bytes of an envelope. */
export const ENVELOPE_BYTES = ENCAPSULATED_BYTES + CONTENT_KEY_BYTES + 16;

/** What an envelope is for. */
export type EnvelopePurpose =
    /** For the node that does the job, from the client. */
    | { readonly kind: 'work' }
    /** The key of one item, for a drawn verifier or juror, from the node that did the job. */
    | ({
          readonly kind: 'check';
          readonly index: number;
          readonly stake: { readonly workchain: number; readonly hash: Uint8Array };
      } & LeafContext);

/** Loaded when a job is sealed: a page that seals none does without these 30 kB. */
const loadSuite = () => import('./envelope-suite.js');

/**
 * Seals a key for one node.
 *
 * @param nodeKey - Ed25519 public key of the node, 32 bytes
 * @throws SealError `KEY_WRONG` for a key that was not committed to, `NODE_KEY_UNUSABLE`
 */
export async function sealKeyEnvelope(
    key: Uint8Array,
    keyHash: HashHex,
    nodeKey: Uint8Array,
    purpose: EnvelopePurpose,
): Promise<Uint8Array> {
    checkContentKey(key, keyHash);
    const info = infoOf(keyHash, nodeKey, purpose);
    const { ed25519, suite } = await loadSuite();
    try {
        const montgomery = ed25519.utils.toMontgomery(nodeKey);
        const recipientPublicKey = await suite.kem.importKey('raw', buffer(montgomery), true);
        const sender = await suite.createSenderContext({ recipientPublicKey, info });
        const sealed = await sender.seal(buffer(key));
        return concatBytes([new Uint8Array(sender.enc), new Uint8Array(sealed)]);
    } catch (cause) {
        throw new SealError('NODE_KEY_UNUSABLE', 'Nothing can be sealed for this node key.', cause);
    }
}

/**
 * Opens what was sealed for this node.
 *
 * @param nodeSecret - the secret key of the node as @ton/crypto holds it, or its first 32 bytes
 * @throws SealError `ENVELOPE_MALFORMED`; `ENVELOPE_REFUSED` for what was changed, or is for another
 * node, job or purpose; `KEY_WRONG`
 */
export async function openKeyEnvelope(
    envelope: Uint8Array,
    keyHash: HashHex,
    nodeSecret: Uint8Array,
    purpose: EnvelopePurpose,
): Promise<Uint8Array> {
    if (envelope.length !== ENVELOPE_BYTES) {
        const message = `An envelope has ${ENVELOPE_BYTES} bytes, and not ${envelope.length}.`;
        throw new SealError('ENVELOPE_MALFORMED', message);
    }
    const { ed25519, suite } = await loadSuite();
    const seed = nodeSecret.subarray(0, SEED_BYTES);
    const info = infoOf(keyHash, ed25519.getPublicKey(seed), purpose);
    let key: Uint8Array;
    try {
        const secret = ed25519.utils.toMontgomerySecret(seed);
        const recipientKey = await suite.kem.importKey('raw', buffer(secret), false);
        const enc = buffer(envelope.subarray(0, ENCAPSULATED_BYTES));
        const recipient = await suite.createRecipientContext({ recipientKey, enc, info });
        key = new Uint8Array(await recipient.open(buffer(envelope.subarray(ENCAPSULATED_BYTES))));
    } catch (cause) {
        const message = 'The envelope is not for this node and job, or was changed.';
        throw new SealError('ENVELOPE_REFUSED', message, cause);
    }
    return checkContentKey(key, keyHash);
}

function infoOf(keyHash: HashHex, nodeKey: Uint8Array, purpose: EnvelopePurpose): ArrayBuffer {
    const head = [
        Uint8Array.of(TAG_TEXT.length),
        TAG_TEXT,
        hashFromHex(keyHash),
        asHash(nodeKey),
        Uint8Array.of(purpose.kind === 'work' ? 0 : 1),
    ];
    if (purpose.kind === 'work') return buffer(concatBytes(head));
    const { escrow, jobId, index, stake } = purpose;
    const job = [i8ToBytes(escrow.workchain), asHash(escrow.hash), u64ToBytes(jobId)];
    job.push(u32ToBytes(index));
    const to = [i8ToBytes(stake.workchain), asHash(stake.hash)];
    return buffer(concatBytes([...head, ...job, ...to]));
}

/** Bytes of their own, as the library takes them whatever they were a part of. */
function buffer(bytes: Uint8Array): ArrayBuffer {
    return Uint8Array.from(bytes).buffer;
}
