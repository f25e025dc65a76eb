import {
    type Address,
    beginCell,
    Cell,
    type ContractProvider,
    Dictionary,
    type DictionaryValue,
    type Sender,
} from '@ton/core';
import {
    Escrow as GeneratedEscrow,
    type EscrowView,
    loadEscrow$Data,
    OutcomeAccepted,
    OutcomeCancelled,
    OutcomeConceded,
    OutcomeConvicted,
    OutcomeFalseError,
    OutcomeNoBid,
    OutcomeNotCommitted,
    OutcomePassed,
    OutcomePassedSilent,
    OutcomeProviderConvicted,
    OutcomeRefused,
    OutcomeVoid,
    OutcomeVoidPaid,
    storeEquivocated,
    storeJointReveal,
    storeJurorReveal,
    storeOpen,
    storePostSigned,
    storeReveal,
    storeSeal,
    storeCommit,
} from '../build/Escrow/Escrow_Escrow';
import { bytesToBigInt, toBuffer } from './bytes';
import { type Deployment, escrowInit } from './deployment';
import { decodeJob, encodeTerms, type JobTerms, type JobView } from './job';
import { type JobKeyPair, signEscrowWords, type SignedMessage } from './job-key';
import {
    encodeSealedOpening,
    type SealedOpening,
    type SealedWords,
    sealWords,
    signSeal,
} from './sealed-opening';

/** How a job ended, as `JobClosed` tells the client. */
export type JobOutcome =
    | 'accepted'
    | 'cancelled'
    | 'refused'
    | 'no-bid'
    | 'not-committed'
    | 'passed'
    | 'passed-silent'
    | 'convicted'
    | 'void'
    | 'void-paid'
    | 'conceded'
    | 'provider-convicted'
    | 'false-error';

const outcomes = new Map<bigint, JobOutcome>([
    [OutcomeAccepted, 'accepted'],
    [OutcomeCancelled, 'cancelled'],
    [OutcomeRefused, 'refused'],
    [OutcomeNoBid, 'no-bid'],
    [OutcomeNotCommitted, 'not-committed'],
    [OutcomePassed, 'passed'],
    [OutcomePassedSilent, 'passed-silent'],
    [OutcomeConvicted, 'convicted'],
    [OutcomeVoid, 'void'],
    [OutcomeVoidPaid, 'void-paid'],
    [OutcomeConceded, 'conceded'],
    [OutcomeProviderConvicted, 'provider-convicted'],
    [OutcomeFalseError, 'false-error'],
]);

/** Whether the provider was paid when a job ended so. */
export function isPaid(outcome: JobOutcome): boolean {
    return PAID.has(outcome);
}

const PAID: ReadonlySet<JobOutcome> = new Set<JobOutcome>([
    'accepted',
    'passed',
    'passed-silent',
    'void-paid',
]);

/** A job to post from the surplus; amounts nanoGRAM. */
export interface SignedPosting {
    /** Must be the Escrow's next id. */
    readonly jobId: number;
    /** UNIX seconds. */
    readonly validUntil: number;
    readonly ceiling: bigint;
    readonly assurance: bigint;
    readonly terms: JobTerms;
}

/** The money and the state of a client's open jobs. */
export class Escrow extends GeneratedEscrow {
    static ofClient(deployment: Deployment, client: Address, index = 0): Escrow {
        const { address, init } = escrowInit(deployment, client, index);
        return new Escrow(address, init);
    }

    static override fromAddress(address: Address): Escrow {
        return new Escrow(address);
    }

    /** `assurance` is what is prepaid in addition, to match the new ceiling. */
    async sendRaiseCeiling(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        raised: { readonly jobId: number; readonly ceiling: bigint; readonly assurance: bigint },
    ): Promise<void> {
        const message = {
            $$type: 'RaiseCeiling',
            ...raised,
            jobId: BigInt(raised.jobId),
        } as const;
        await this.send(provider, via, { value, bounce: true }, message);
    }

    async sendCancel(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        jobId: number,
    ): Promise<void> {
        const message = { $$type: 'Cancel', jobId: BigInt(jobId) } as const;
        await this.send(provider, via, { value, bounce: true }, message);
    }

    /**
     * Accepts the committed result by revealing the client's seed, which nobody else knows: an
     * external message, paid from the job's gas, that needs no wallet. Waives recourse.
     */
    async sendAccept(
        provider: ContractProvider,
        acceptance: { readonly jobId: number; readonly seed: bigint },
    ): Promise<void> {
        await this.sendExternal(provider, {
            $$type: 'Accept',
            jobId: BigInt(acceptance.jobId),
            seed: acceptance.seed,
        });
    }

    /**
     * Commits the root of all results: an external message, signed by the key that the bid committed
     * to, and paid from what the bid brought for it.
     *
     * @param commit - `faulty`: how many leaves are errors
     */
    async sendCommit(
        provider: ContractProvider,
        commit: { readonly jobId: number; readonly root: bigint; readonly faulty: number },
        key: JobKeyPair,
    ): Promise<void> {
        const words = beginCell()
            .storeUint(commit.jobId, 32)
            .storeUint(commit.root, 256)
            .storeUint(commit.faulty, 32);
        const message = storeCommit({
            $$type: 'Commit',
            signature: this.#sign('Commit', words, key.secretKey),
            jobId: BigInt(commit.jobId),
            faulty: BigInt(commit.faulty),
            seed: key.seed,
            result: beginCell()
                .storeBuffer(toBuffer(key.publicKey), 32)
                .storeUint(commit.root, 256)
                .endCell(),
        });
        await provider.external(beginCell().store(message).endCell());
    }

    /** The provider's sketch of the drawn leaf, signed by the key of the job. */
    async sendOpen(
        provider: ContractProvider,
        opening: { readonly jobId: number; readonly round: number; readonly sketch: Cell },
        key: JobKeyPair,
    ): Promise<void> {
        const words = beginCell()
            .storeUint(opening.jobId, 32)
            .storeUint(opening.round, 8)
            .storeBuffer(opening.sketch.hash(), 32);
        const message = storeOpen({
            $$type: 'Open',
            signature: this.#sign('Open', words, key.secretKey),
            jobId: BigInt(opening.jobId),
            seed: key.seed,
            key: beginCell().storeBuffer(toBuffer(key.publicKey), 32).endCell(),
            sketch: opening.sketch,
        });
        await provider.external(beginCell().store(message).endCell());
    }

    /**
     * Seals what a verifier or a juror has found, signed by the key of its claim.
     *
     * @param sealed - `seal` of `verifierSeal` or `jurorSeal`
     */
    async sendSeal(
        provider: ContractProvider,
        sealed: SealedWords,
        secretKey: Uint8Array,
    ): Promise<void> {
        const message = storeSeal({
            $$type: 'Seal',
            signature: signSeal(this.address, sealed, secretKey),
            jobId: BigInt(sealed.jobId),
            ticket: sealed.ticket,
            seal: beginCell().storeUint(sealed.seal, 256).endCell(),
        });
        await provider.external(beginCell().store(message).endCell());
    }

    /** What a verifier has sealed: its sketch, or a report with it. */
    async sendReveal(
        provider: ContractProvider,
        reveal: {
            readonly jobId: number;
            readonly kind: 'sketch' | 'broken-binding' | 'missing-data';
            readonly salt: bigint;
            readonly sketch: Cell;
        },
        claim: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array },
    ): Promise<void> {
        const kind = { sketch: 0, 'broken-binding': 1, 'missing-data': 2 }[reveal.kind];
        const words = beginCell().storeUint(reveal.jobId, 32).storeUint(kind, 8);
        const message = storeReveal({
            $$type: 'Reveal',
            signature: this.#sign('Reveal', words, claim.secretKey),
            jobId: BigInt(reveal.jobId),
            kind: BigInt(kind),
            salt: reveal.salt,
            key: beginCell().storeBuffer(toBuffer(claim.publicKey), 32).endCell(),
            sketch: reveal.sketch,
        });
        await provider.external(beginCell().store(message).endCell());
    }

    /**
     * In place of a seal, an opening and a reveal: what the verifier had sealed, and what the
     * provider opened for that seal off chain.
     *
     * @param reveal - `seal`: `verifierSeal` of sketch and salt
     */
    async sendJointReveal(
        provider: ContractProvider,
        reveal: SealedWords & { readonly salt: bigint; readonly sketch: Cell },
        opening: SealedOpening,
        secretKey: Uint8Array,
    ): Promise<void> {
        const message = storeJointReveal({
            $$type: 'JointReveal',
            signature: this.#sign('JointReveal', sealWords(reveal), secretKey),
            jobId: BigInt(reveal.jobId),
            salt: reveal.salt,
            sketch: reveal.sketch,
            opening: encodeSealedOpening(opening),
        });
        await provider.external(beginCell().store(message).endCell());
    }

    /** Shows a seal that the verifier has signed, where the chain holds another of the same claim. */
    async sendEquivocated(
        provider: ContractProvider,
        { jobId, seal }: Pick<SealedWords, 'jobId' | 'seal'>,
        signature: Uint8Array,
        publicKey: Uint8Array,
    ): Promise<void> {
        const message = storeEquivocated({
            $$type: 'Equivocated',
            signature: toBuffer(signature),
            jobId: BigInt(jobId),
            seal: beginCell().storeBuffer(toBuffer(publicKey), 32).storeUint(seal, 256).endCell(),
        });
        await provider.external(beginCell().store(message).endCell());
    }

    /** What a juror has sealed: `encodeJurorSketches`. */
    async sendJurorReveal(
        provider: ContractProvider,
        reveal: {
            readonly jobId: number;
            readonly ticket: bigint;
            readonly salt: bigint;
            readonly sketches: Cell;
        },
    ): Promise<void> {
        const message = storeJurorReveal({
            $$type: 'JurorReveal',
            ...reveal,
            jobId: BigInt(reveal.jobId),
        });
        await provider.external(beginCell().store(message).endCell());
    }

    /** Doubts what was found. The value is the bond: `juryBond`, and `getCosts().dispute`. */
    async sendDispute(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        dispute: { readonly jobId: number; readonly leaf: number },
    ): Promise<void> {
        const message = {
            $$type: 'Dispute',
            jobId: BigInt(dispute.jobId),
            leaf: BigInt(dispute.leaf),
        } as const;
        await this.send(provider, via, { value, bounce: true }, message);
    }

    /** Lets a key post jobs from the surplus; the value becomes surplus. No key takes that back. */
    async sendAuthorize(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
        publicKey?: Uint8Array,
    ): Promise<void> {
        const key = publicKey === undefined ? 0n : bytesToBigInt(publicKey);
        await this.send(provider, via, { value, bounce: true }, { $$type: 'Authorize', key });
    }

    /** Posts a job from the surplus, without any wallet, signed by the authorised key. */
    async sendPostSigned(
        provider: ContractProvider,
        posting: SignedPosting,
        secretKey: Uint8Array,
    ): Promise<void> {
        await provider.external(signPosting(this.address, posting, secretKey));
    }

    #sign(message: SignedMessage, words: ReturnType<typeof beginCell>, secretKey: Uint8Array) {
        return signEscrowWords(message, this.address, words, secretKey);
    }

    async sendWithdrawSurplus(
        provider: ContractProvider,
        via: Sender,
        value: bigint,
    ): Promise<void> {
        await this.send(provider, via, { value, bounce: true }, { $$type: 'WithdrawSurplus' });
    }

    async sendSweepFees(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
        await this.send(provider, via, { value, bounce: true }, { $$type: 'SweepFees' });
    }

    /** Asks, without any wallet, to carry out what time has decided. */
    async sendTick(provider: ContractProvider, jobId: number): Promise<void> {
        await this.sendExternal(provider, { $$type: 'Tick', jobId: BigInt(jobId) });
    }

    /**
     * An open job.
     *
     * @param now - Unix seconds of the chain
     * @returns undefined where no job of that id is open
     */
    async getOpenJob(
        provider: ContractProvider,
        jobId: number,
        now: number,
    ): Promise<JobView | undefined> {
        const cell = await this.getJob(provider, BigInt(jobId));
        return cell.equals(Cell.EMPTY) ? undefined : decodeJob(jobId, cell, now);
    }

    /** All open jobs by id. */
    async getOpenJobs(provider: ContractProvider, now: number): Promise<JobView[]> {
        const entries = await this.getJobEntries(provider);
        return [...entries].map(([id, entry]) => decodeJob(id, entry, now));
    }

    /** The entries of all open jobs by id, for `decodeJob` at any time. */
    async getJobEntries(provider: ContractProvider): Promise<ReadonlyMap<number, Cell>> {
        const jobs = (await this.getJobs(provider))
            .beginParse()
            .loadDict(Dictionary.Keys.Uint(32), inLeaf);
        return new Map(jobs.keys().map((id) => [id, jobs.get(id) ?? Cell.EMPTY]));
    }
}

/**
 * An open job in the data of an Escrow.
 *
 * @param now - Unix seconds of the chain
 * @returns undefined where no job of that id is open
 */
export function openJobIn(data: Cell, jobId: number, now: number): JobView | undefined {
    const { jobs } = loadEscrow$Data(data.beginParse());
    const key = Dictionary.Keys.Uint(32);
    const entry = jobs && Dictionary.loadDirect(key, inLeaf, jobs).get(jobId);
    return entry ? decodeJob(jobId, entry, now) : undefined;
}

/** Values that stand in the leaf itself, as the contract writes them. */
const inLeaf: DictionaryValue<Cell> = {
    serialize: (cell, builder) => builder.storeSlice(cell.asSlice()),
    parse: (slice) => slice.asCell(),
};

/** @throws RangeError for an outcome that this version does not know */
export function outcomeName(code: bigint): JobOutcome {
    const name = outcomes.get(code);
    if (name === undefined) throw new RangeError(`Outcome ${code} is unknown to this version.`);
    return name;
}

/** The external message of a posting from the surplus. */
export function signPosting(escrow: Address, posting: SignedPosting, secretKey: Uint8Array): Cell {
    const terms = encodeTerms(posting.terms);
    const words = beginCell()
        .storeUint(posting.jobId, 32)
        .storeUint(posting.validUntil, 32)
        .storeUint(posting.ceiling, 64)
        .storeUint(posting.assurance, 64)
        .storeBuffer(terms.hash(), 32);
    const signature = signEscrowWords('PostSigned', escrow, words, secretKey);
    return beginCell()
        .store(
            storePostSigned({
                $$type: 'PostSigned',
                signature,
                jobId: BigInt(posting.jobId),
                validUntil: BigInt(posting.validUntil),
                ceiling: posting.ceiling,
                assurance: posting.assurance,
                terms,
            }),
        )
        .endCell();
}

export type { EscrowView };
