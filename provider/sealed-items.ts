import {
    createItemSeal,
    type ItemSeal,
    type JobSpec,
    type LeafContext,
    SealError,
} from '../protocol';
import { nativeSuite } from '../sdk/node';
import type { JobInputs } from './gather';

/** What opens the inputs of a sealed job, and seals and opens its outputs. */
export interface JobSeals {
    readonly inputs: ItemSeal;
    readonly outputs: ItemSeal;
}

/**
 * @param key - the content key
 * @throws SealError `KEY_WRONG`
 */
export function jobSeals(
    privacy: Extract<JobSpec['privacy'], { readonly mode: 'sealed' }>,
    key: Uint8Array,
    context: LeafContext,
): JobSeals {
    const { keyHash } = privacy;
    return {
        inputs: createItemSeal(key, keyHash, { kind: 'input' }, nativeSuite),
        outputs: createItemSeal(key, keyHash, { kind: 'output', ...context }, nativeSuite),
    };
}

/** No item has these bytes, so that whatever executes them fails with `INPUT_INVALID`. */
const NO_ITEM = new Uint8Array(0);

/**
 * The item in a sealed input. What the client did not seal as it has to be is no item, for the
 * provider and for whoever checks it: the key is fixed, so that all find the same.
 */
export function openInput({ inputs }: JobSeals, index: number, sealed: Uint8Array): Uint8Array {
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
