import { concatBytes, equalBytes, i8ToBytes, u32ToBytes, u64ToBytes, utf8ToBytes } from './bytes';
import { checkContentKey, deriveSubkey } from './content-key';
import { SealError } from './errors';
import { hashFromHex, type HashHex } from './hash';
import type { LeafContext } from './leaf';
import { pad, padmeLength, unpad } from './padding';
import { nobleSuite, type SealingSuite } from './sealing-suite';

/*
 * A sealed item:
 *
 *     32  iv: HMAC-SHA256 of the context and the padded item
 *      n  the padded item under AEAD_CHACHA20_POLY1305, with the context as associated data
 *     16  its tag
 *
 * Sealing is deterministic, since a node that makes a lost result again has to come to the same
 * root: the iv follows from the item, as in SIV (Rogaway and Shrimpton 2006), and the key of one
 * item follows from the iv. So no key and nonce are ever used for two messages, and equal items at
 * two places look different. The context, most significant byte first:
 *
 *      1  length of the tag, 14
 *     14  "cocoon.item.v1"
 *      1  0 for an input, 1 for an output
 *     32  hash of the content key, which names the sealed job
 *     41  an output: workchain and account hash of the Escrow, and the job id
 *      4  index of the item in the job
 *
 * An input is sealed before its job has an id; an output belongs to one job on chain.
 */
const TAG_TEXT = utf8ToBytes('cocoon.item.v1');
const TAG = concatBytes([Uint8Array.of(TAG_TEXT.length), TAG_TEXT]);
const IV_BYTES = 32;
const MAC_BYTES = 16;
/** Each key encrypts one message. */
const NONCE = new Uint8Array(12);
const DIRECTIONS = { input: 0, output: 1 } as const;

/** Which items of a job. */
export type SealedDirection =
    | { readonly kind: 'input' }
    /** Of this job on chain. */
    | ({ readonly kind: 'output' } & LeafContext);

/** Bytes of an item of so many bytes once it is sealed. */
export function sealedLength(itemBytes: number): number {
    return IV_BYTES + padmeLength(itemBytes + 1) + MAC_BYTES;
}

/** Seals and opens the inputs or the outputs of one job. */
export interface ItemSeal {
    /** @param index - of the item in its job, from 0 */
    readonly seal: (index: number, item: Uint8Array) => Uint8Array;
    /**
     * @throws SealError `SEALED_TRUNCATED`, `SEALED_REFUSED` for what was changed or belongs to
     * another job, place or direction, `PADDING_WRONG`
     */
    readonly open: (index: number, sealed: Uint8Array) => Uint8Array;
}

/**
 * @param keyHash - as the spec commits to it
 * @throws SealError `KEY_WRONG` for another key
 */
export function createItemSeal(
    key: Uint8Array,
    keyHash: HashHex,
    direction: SealedDirection,
    suite: SealingSuite = nobleSuite,
): ItemSeal {
    checkContentKey(key, keyHash);
    const head = contextHead(hashFromHex(keyHash), direction);
    const ivKey = deriveSubkey(key, 'cocoon.item-iv.v1', head);
    const itemKeys = deriveSubkey(key, 'cocoon.item-key.v1', head);
    const contextOf = (index: number) => concatBytes([head, u32ToBytes(index)]);
    const ivOf = (context: Uint8Array, padded: Uint8Array) => suite.hmac(ivKey, [context, padded]);
    return {
        seal(index, item) {
            const context = contextOf(index);
            const padded = pad(item);
            const iv = ivOf(context, padded);
            const itemKey = suite.hmac(itemKeys, [iv]);
            return concatBytes([iv, suite.encrypt(itemKey, NONCE, context, padded)]);
        },
        open(index, sealed) {
            if (sealed.length < sealedLength(0)) {
                throw new SealError('SEALED_TRUNCATED', `${sealed.length} bytes hold no item.`);
            }
            const context = contextOf(index);
            const iv = sealed.subarray(0, IV_BYTES);
            const itemKey = suite.hmac(itemKeys, [iv]);
            const padded = suite.decrypt(itemKey, NONCE, context, sealed.subarray(IV_BYTES));
            if (padded === undefined || !equalBytes(ivOf(context, padded), iv)) {
                const what = `It is not item ${index} of this job's ${direction.kind}s, or was changed.`;
                throw new SealError('SEALED_REFUSED', what);
            }
            return unpad(padded);
        },
    };
}

function contextHead(keyHash: Uint8Array, direction: SealedDirection): Uint8Array {
    const head = [TAG, Uint8Array.of(DIRECTIONS[direction.kind]), keyHash];
    if (direction.kind === 'input') return concatBytes(head);
    const { escrow, jobId } = direction;
    return concatBytes([...head, i8ToBytes(escrow.workchain), escrow.hash, u64ToBytes(jobId)]);
}
