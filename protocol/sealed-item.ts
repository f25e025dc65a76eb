import { concatBytes, equalBytes, i8ToBytes, u32ToBytes, u64ToBytes, utf8ToBytes } from './bytes';
import { checkContentKey } from './content-key';
import { SealError } from './errors';
import { hashFromHex, type HashHex } from './hash';
import { itemKeys } from './item-keys';
import type { LeafContext } from './leaf';
import { pad, unpad } from './padding';
import { IV_BYTES, sealedLength } from './sealed-length';
import { nobleSuite, type SealingSuite } from './sealing-suite';

/*
 * A sealed item:
 *
 *     32  iv: HMAC-SHA256 of the context and the padded item
 *      n  the padded item under AEAD_CHACHA20_POLY1305, with the context as associated data
 *     16  its tag
 *
 * Sealing is deterministic, since a node that makes a lost result again has to come to the same
 * root: the iv follows from the item, as in SIV (Rogaway and Shrimpton 2006), and the key that
 * encrypts from the item's key and the iv. So no key and nonce are ever used for two messages, and
 * equal items at two places look different. The iv also commits to the item's key, which the AEAD by
 * itself does not: sealed bytes that open under two keys would be a collision of SHA-256. The context, most significant byte first:
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
const IV_USE = utf8ToBytes('cocoon.item-iv.v1');
const BOX_USE = utf8ToBytes('cocoon.item-box.v1');
/** Each key encrypts one message. */
const NONCE = new Uint8Array(12);
const DIRECTIONS = { input: 0, output: 1 } as const;

/** Which items of a job. */
export type SealedDirection =
    | { readonly kind: 'input' }
    /** Of this job on chain. */
    | ({ readonly kind: 'output' } & LeafContext);

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
 * For those who have the content key.
 *
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
    const keyOf = itemKeys(key, suite);
    return {
        seal: (index, item) => {
            const context = concatBytes([head, u32ToBytes(index)]);
            const padded = pad(item);
            const itemKey = keyOf(index);
            const iv = ivOf(suite, itemKey, context, padded);
            const boxKey = boxKeyOf(suite, itemKey, iv);
            return concatBytes([iv, suite.encrypt(boxKey, NONCE, context, padded)]);
        },
        open: (index, sealed) => open({ suite, head, index, itemKey: keyOf(index) }, sealed),
    };
}

/** For those who have the key of one item. @throws as `ItemSeal.open` for any other */
export function createItemOpener(
    itemKey: Uint8Array,
    keyHash: HashHex,
    direction: SealedDirection,
    suite: SealingSuite = nobleSuite,
): ItemSeal['open'] {
    const head = contextHead(hashFromHex(keyHash), direction);
    return (index, sealed) => open({ suite, head, index, itemKey }, sealed);
}

interface SealedPlace {
    readonly suite: SealingSuite;
    readonly head: Uint8Array;
    readonly index: number;
    readonly itemKey: Uint8Array;
}

function open({ suite, head, index, itemKey }: SealedPlace, sealed: Uint8Array): Uint8Array {
    if (sealed.length < sealedLength(0)) {
        throw new SealError('SEALED_TRUNCATED', `${sealed.length} bytes hold no item.`);
    }
    const context = concatBytes([head, u32ToBytes(index)]);
    const iv = sealed.subarray(0, IV_BYTES);
    const boxKey = boxKeyOf(suite, itemKey, iv);
    const padded = suite.decrypt(boxKey, NONCE, context, sealed.subarray(IV_BYTES));
    if (padded !== undefined && equalBytes(ivOf(suite, itemKey, context, padded), iv)) {
        return unpad(padded);
    }
    const what = `It is not item ${index} of this job and direction, or was changed.`;
    throw new SealError('SEALED_REFUSED', what);
}

function ivOf(
    suite: SealingSuite,
    itemKey: Uint8Array,
    context: Uint8Array,
    padded: Uint8Array,
): Uint8Array {
    return suite.hmac(suite.hmac(itemKey, [IV_USE]), [context, padded]);
}

function boxKeyOf(suite: SealingSuite, itemKey: Uint8Array, iv: Uint8Array): Uint8Array {
    return suite.hmac(itemKey, [BOX_USE, iv]);
}

function contextHead(keyHash: Uint8Array, direction: SealedDirection): Uint8Array {
    const head = [TAG, Uint8Array.of(DIRECTIONS[direction.kind]), keyHash];
    if (direction.kind === 'input') return concatBytes(head);
    const { escrow, jobId } = direction;
    return concatBytes([...head, i8ToBytes(escrow.workchain), escrow.hash, u64ToBytes(jobId)]);
}
