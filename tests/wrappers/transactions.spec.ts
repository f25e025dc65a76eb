import { Address, beginCell, type Builder, type Message, type Transaction } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import {
    OutcomeAccepted,
    storeBid,
    storeCommit,
    storeDecline,
    storeJobClosed,
    storePosted,
} from '../../build/Escrow/Escrow_Escrow';
import { storeList, storePost } from '../../build/Market/Market_Market';
import {
    accountId,
    contractCode,
    type Deployment,
    encodeTerms,
    Escrow,
    type JobTerms,
    providerSeed,
    readClosings,
    readEscrowNote,
    readListing,
    readPost,
} from '../../wrappers';

const STAKE = new Address(0, Buffer.alloc(32, 1));
const CLIENT = new Address(0, Buffer.alloc(32, 3));
const MARKET = new Address(0, Buffer.alloc(32, 4));
const TERMS: JobTerms = {
    spec: 1n,
    model: 0xabcdef01n << 224n,
    seedHash: 3n,
    items: 2,
    takePrice: 0n,
    bidWindowSeconds: 30,
    commitWindowSeconds: 60,
    checkRate: 0,
    payUnverified: true,
    keep: false,
    rule: null,
};

type Store = (builder: Builder) => unknown;

/** As much of a transaction as the readers look at. */
function transaction(
    incoming: Store | undefined,
    outgoing: readonly Partial<Message>[] = [],
    src: Address = STAKE,
) {
    return {
        lt: 7n,
        now: 1000,
        inMessage: incoming && {
            info: { type: 'internal', bounced: false, src },
            body: body(incoming),
        },
        outMessages: new Map(outgoing.entries()),
        description: { type: 'generic', computePhase: { type: 'vm', exitCode: 0 } },
    } as unknown as Transaction;
}

function body(store: Store) {
    const builder = beginCell();
    store(builder);
    return builder.endCell();
}

describe('The messages that clients and nodes read', () => {
    let deployment: Deployment;
    beforeAll(async () => {
        deployment = { market: MARKET, code: await contractCode() };
    });

    const post = () =>
        storePost({
            $$type: 'Post',
            index: 3n,
            jobId: 9n,
            ceiling: 55n,
            assurance: 1n,
            open: true,
            parametersTag: 0n,
            terms: encodeTerms(TERMS),
        });
    const posted = () =>
        storePosted({
            $$type: 'Posted',
            jobId: 9n,
            ceiling: 55n,
            extra: 1n,
            parametersTag: 77n,
            terms: encodeTerms(TERMS),
            parameters: null,
        });
    const list = () =>
        storeList({
            $$type: 'List',
            jobId: 9n,
            client: accountId(CLIENT),
            index: 3n,
            modelTag: 0xabcdef01n,
            stage: 1n,
            round: 2n,
            amount: 44n,
            parametersTag: 77n,
        });

    it('are listings: the postings that the Market sends on', () => {
        const escrow = Escrow.ofClient(deployment, CLIENT, 3).address;
        const sent = { info: { type: 'internal', dest: escrow }, body: body(posted()) } as Message;
        const listing = readListing(transaction(post(), [sent], CLIENT), deployment);
        expect(listing).toMatchObject({
            stage: 'bids',
            index: 3,
            jobId: 9,
            modelTag: 0xabcdef01,
            amount: 55n,
            parametersTag: 77n,
            lt: 7n,
            listedAt: 1000,
        });
        expect(listing?.escrow.equals(escrow)).toBe(true);
        expect(listing?.client.equals(CLIENT)).toBe(true);
    });

    it('are listings: the word of a genuine Escrow, and of nobody else', () => {
        const escrow = Escrow.ofClient(deployment, CLIENT, 3).address;
        expect(readListing(transaction(list(), [], escrow), deployment)).toMatchObject({
            stage: 'check',
            round: 2,
            jobId: 9,
            amount: 44n,
        });
        expect(readListing(transaction(list(), [], STAKE), deployment)).toBeUndefined();
    });

    it('are postings to the Market', () => {
        expect(readPost(transaction(post()))).toMatchObject({ index: 3, jobId: 9, client: STAKE });
    });

    it('are postings, bids, commits and declines at an Escrow', () => {
        const bid = storeBid({
            $$type: 'Bid',
            jobId: 5n,
            lock: 1n,
            lockUntil: 2n,
            price: 33n,
            commitment: 4n,
            operator: 5n,
            reserve: 6n,
            checkRate: 7n,
        });
        const { publicKey } = keyPairFromSeed(Buffer.alloc(32, 9));
        const key = { seed: 2n, publicKey };
        const commit = storeCommit({
            $$type: 'Commit',
            signature: Buffer.alloc(64),
            jobId: 6n,
            faulty: 1n,
            seed: key.seed,
            result: beginCell().storeBuffer(publicKey).storeUint(1, 256).endCell(),
        });
        const external = transaction(commit);
        Object.assign(external.inMessage as object, { info: { type: 'external-in' } });
        const decline = storeDecline({ $$type: 'Decline', jobId: 7n });
        expect(readEscrowNote(transaction(posted()))).toEqual({
            kind: 'posted',
            jobId: 9,
            terms: TERMS,
        });
        expect(readEscrowNote(transaction(bid))).toMatchObject({
            kind: 'bid',
            jobId: 5,
            stake: STAKE,
            price: 33n,
        });
        expect(readEscrowNote(external)).toEqual({
            kind: 'commit',
            jobId: 6,
            commit: { root: 1n, faulty: 1, providerSeed: providerSeed(key) },
        });
        expect(readEscrowNote(transaction(decline))).toMatchObject({ kind: 'decline', jobId: 7 });
    });

    it('are the end of a job, with what went back', () => {
        const closed = storeJobClosed({
            $$type: 'JobClosed',
            jobId: 8n,
            outcome: OutcomeAccepted,
            paid: 44n,
            draw: 77n,
        });
        const info = { type: 'internal', value: { coins: 99n } };
        const message = { info, body: body(closed) } as Message;
        expect(readClosings(transaction(undefined, [message]))).toEqual([
            { jobId: 8, outcome: 'accepted', paid: 44n, draw: 77n, refund: 99n },
        ]);
    });

    it('are nothing where the message is another one or none', () => {
        const nothing = transaction((builder: Builder) => builder.storeUint(1, 16));
        expect(readEscrowNote(nothing)).toBeUndefined();
        expect(readPost(nothing)).toBeUndefined();
        expect(readEscrowNote(transaction(undefined))).toBeUndefined();
    });

    it('are nothing when a stranger sends an opcode without what belongs to it', () => {
        const empty = (builder: Builder) => builder.storeUint(0x45000021, 32);
        expect(readEscrowNote(transaction(empty))).toBeUndefined();
        expect(readPost(transaction(empty))).toBeUndefined();
    });
});
