import { type Address, beginCell, type Builder, type Cell } from '@ton/core';
import { signVerify } from '@ton/crypto';
import { bytesToBigInt, toBuffer } from './bytes';
import { escrowWordsHash, type JobKeyPair, providerSeed, signEscrowWords } from './job-key';

/** A seal of one claim. */
export interface SealedWords {
    readonly jobId: number;
    readonly ticket: bigint;
    /** `verifierSeal` or `jurorSeal` */
    readonly seal: bigint;
}

/** What a provider opens, and for which seal. */
export interface OpeningWords {
    readonly jobId: number;
    readonly round: number;
    readonly sketch: Cell;
    /** Of the verifier, which could not know the sketch before it. */
    readonly seal: bigint;
}

/** A provider's opening for one seal, as it is given to the verifier off chain. */
export interface SealedOpening {
    /** Of the job's key: `JobKey`. */
    readonly seed: bigint;
    readonly publicKey: Uint8Array;
    readonly signature: Uint8Array;
    readonly sketch: Cell;
}

/** The signature of a `Seal`: given to the provider, it binds the verifier as on chain. */
export function signSeal(escrow: Address, sealed: SealedWords, secretKey: Uint8Array): Buffer {
    return signEscrowWords('Seal', escrow, sealWords(sealed), secretKey);
}

/** Whether a key has signed a `Seal`. */
export function isSealSigned(
    escrow: Address,
    sealed: SealedWords,
    signature: Uint8Array,
    publicKey: Uint8Array,
): boolean {
    const hash = escrowWordsHash('Seal', escrow, sealWords(sealed));
    return signVerify(hash, toBuffer(signature), toBuffer(publicKey));
}

/** Opens a sketch for one seal. It is no `Open`. */
export function signSealedOpening(
    escrow: Address,
    opening: OpeningWords,
    { seed, publicKey, secretKey }: JobKeyPair,
): SealedOpening {
    const signature = signEscrowWords('JointReveal', escrow, openingWords(opening), secretKey);
    return { seed, publicKey, signature, sketch: opening.sketch };
}

/**
 * Whether an Escrow takes an opening for this seal.
 *
 * @param committed - `providerSeed` of the job's commit
 */
export function isOpeningFor(
    escrow: Address,
    { sketch, signature, seed, publicKey }: SealedOpening,
    words: Omit<OpeningWords, 'sketch'>,
    committed: bigint,
): boolean {
    const hash = escrowWordsHash('JointReveal', escrow, openingWords({ ...words, sketch }));
    return (
        providerSeed({ seed, publicKey }) === committed &&
        signVerify(hash, toBuffer(signature), toBuffer(publicKey))
    );
}

/** The cell of `SealedOpening` in contracts/schema.tlb. */
export function encodeSealedOpening({ signature, seed, publicKey, sketch }: SealedOpening): Cell {
    return beginCell()
        .storeBuffer(toBuffer(signature), 64)
        .storeUint(seed, 128)
        .storeBuffer(toBuffer(publicKey), 32)
        .storeRef(sketch)
        .endCell();
}

/** @throws for a cell that is none */
export function decodeSealedOpening(cell: Cell): SealedOpening {
    const slice = cell.beginParse();
    const signature = slice.loadBuffer(64);
    const seed = slice.loadUintBig(128);
    const publicKey = slice.loadBuffer(32);
    const sketch = slice.loadRef();
    slice.endParse();
    return { signature, seed, publicKey, sketch };
}

/** What an entry keeps of a seal and of the key that signed it: half of each. */
export function sealedWord(seal: bigint, publicKey: Uint8Array): bigint {
    const half = 1n << 128n;
    return (seal / half) * half + (bytesToBigInt(publicKey) % half);
}

export function sealWords({ jobId, ticket, seal }: SealedWords): Builder {
    return beginCell().storeUint(jobId, 32).storeUint(ticket, 96).storeUint(seal, 256);
}

function openingWords({ jobId, round, sketch, seal }: OpeningWords): Builder {
    return beginCell()
        .storeUint(jobId, 32)
        .storeUint(round, 8)
        .storeBuffer(sketch.hash(), 32)
        .storeUint(seal, 256);
}
