import type { Address } from '@ton/core';
import {
    contentKeyHash,
    createItemSeal,
    deriveClientSeed,
    deriveContentKey,
    type HashHex,
    hashFromHex,
    hashToHex,
    asHash,
    type ItemSeal,
    itemKeysRoot,
    type JobSpec,
    MIN_SECRET_BYTES,
    type Privacy,
    type SealingSuite,
} from '../protocol';
import { ResultsSealedError } from './sealing-errors';
import { seedFromBytes } from './seed';
import { leafContext } from './verify-results';

/** How a sealed job says that its key is handed over; see `Privacy`. */
export type Handover = Extract<Privacy, { readonly mode: 'sealed' }>['handover'];

/** How the inputs of a job are sealed. */
export interface SealedInputs {
    readonly privacy: Privacy;
    /** @param index - of the item, from 0 */
    readonly seal: (index: number, item: Uint8Array) => Uint8Array;
}

/** What makes a job a sealed one. */
export interface JobSealing {
    /** 32 bytes; whoever has them reads inputs and outputs. */
    readonly contentKey: Uint8Array;
    readonly salt: HashHex;
    readonly handover: Handover;
    /**
     * Seals the inputs of a job of so many items, and says in the spec with what.
     *
     * @param suite - the portable one unless set
     */
    readonly inputs: (count: number, suite?: SealingSuite) => SealedInputs;
    /** The client's seed under an id, so that it is found again from the secret. */
    readonly seedOf: (escrow: Address, jobId: number) => bigint;
}

export interface SealingRequest {
    /** At least 32 bytes that only the client has and keeps; random ones, which nobody keeps, unless set. */
    readonly secret?: Uint8Array | undefined;
    /** `award` unless set. */
    readonly handover?: Handover | undefined;
}

/** The keys of a new sealed job. */
export function createSealing(request: SealingRequest = {}): JobSealing {
    const { secret = random(MIN_SECRET_BYTES), handover = 'award' } = request;
    return sealingOf(secret, hashToHex(asHash(random(32))), handover);
}

/** The keys of a sealed job that is known by its spec. */
export function sealingOf(secret: Uint8Array, salt: HashHex, handover: Handover): JobSealing {
    const bytes = hashFromHex(salt);
    const contentKey = deriveContentKey(secret, bytes);
    return {
        ...{ contentKey, salt, handover },
        inputs: (count, suite) => {
            const keyHash = contentKeyHash(contentKey);
            const { seal } = createItemSeal(contentKey, keyHash, { kind: 'input' }, suite);
            const itemKeys = itemKeysRoot(contentKey, count, suite);
            return { privacy: { mode: 'sealed', keyHash, itemKeys, salt, handover }, seal };
        },
        seedOf: (escrow, jobId) =>
            seedFromBytes(deriveClientSeed(secret, bytes, leafContext(escrow, jobId))),
    };
}

/** How the outputs of a job are opened; undefined where it is public. */
export type OutputOpener = ItemSeal['open'];

export interface OutputOpenerRequest {
    readonly spec: Partial<Pick<JobSpec, 'privacy'>>;
    readonly escrow: Address;
    readonly jobId: number;
    readonly contentKey?: Uint8Array | undefined;
}

/**
 * @throws ResultsSealedError where the key is not here; SealError `KEY_WRONG` for another job's
 */
export function outputOpener(request: OutputOpenerRequest): OutputOpener | undefined {
    const { privacy } = request.spec;
    if (privacy?.mode !== 'sealed') return undefined;
    const { contentKey, escrow, jobId } = request;
    if (contentKey === undefined) throw new ResultsSealedError(jobId);
    const place = leafContext(escrow, jobId);
    return createItemSeal(contentKey, privacy.keyHash, { kind: 'output', ...place }).open;
}

function random(bytes: number): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(bytes));
}
