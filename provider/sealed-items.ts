import {
    createItemOpener,
    createItemSeal,
    type ItemSeal,
    type JobSpec,
    type LeafContext,
    type SealedDirection,
    SealError,
} from '../protocol';
import { nativeSuite } from '../sdk/node';
import type { JobInputs } from './gather';

/** What opens the inputs and the outputs of a sealed job. */
export interface JobOpeners {
    readonly inputs: Pick<ItemSeal, 'open'>;
    readonly outputs: Pick<ItemSeal, 'open'>;
}

/** The same for all items, with what seals. */
export interface JobSeals extends JobOpeners {
    readonly inputs: ItemSeal;
    readonly outputs: ItemSeal;
}

type SealedPrivacy = Extract<JobSpec['privacy'], { readonly mode: 'sealed' }>;

/**
 * @param key - the content key
 * @throws SealError `KEY_WRONG`
 */
export function jobSeals(privacy: SealedPrivacy, key: Uint8Array, context: LeafContext): JobSeals {
    const { keyHash } = privacy;
    return {
        inputs: createItemSeal(key, keyHash, { kind: 'input' }, nativeSuite),
        outputs: createItemSeal(key, keyHash, { kind: 'output', ...context }, nativeSuite),
    };
}

/** What opens one item. @param itemKey - its key, which the spec commits to */
export function itemOpeners(
    { keyHash }: SealedPrivacy,
    itemKey: Uint8Array,
    context: LeafContext,
): JobOpeners {
    const opener = (direction: SealedDirection) => {
        return { open: createItemOpener(itemKey, keyHash, direction, nativeSuite) };
    };
    return { inputs: opener({ kind: 'input' }), outputs: opener({ kind: 'output', ...context }) };
}

/** No item has these bytes, so that whatever executes them fails with `INPUT_INVALID`. */
const NO_ITEM = new Uint8Array(0);

/**
 * The item in a sealed input. What the client did not seal as it has to be is no item, for the
 * provider and for whoever checks it: the key is fixed, so that all find the same.
 */
export function openInput({ inputs }: JobOpeners, index: number, sealed: Uint8Array): Uint8Array {
    try {
        return inputs.open(index, sealed);
    } catch (error) {
        if (error instanceof SealError) return NO_ITEM;
        throw error;
    }
}

/** The inputs of a sealed job, opened in memory one after another. */
export function openedInputs(
    inputs: Pick<JobInputs, 'hashes' | 'items'>,
    seals: JobSeals,
): Pick<JobInputs, 'hashes' | 'items'> {
    return {
        hashes: inputs.hashes,
        async *items() {
            let index = 0;
            for await (const sealed of inputs.items()) yield openInput(seals, index++, sealed);
        },
    };
}
