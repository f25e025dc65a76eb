import { Address, beginCell, type Builder, type Message, type Transaction } from '@ton/core';
import {
    OutcomeAccepted,
    storeBid,
    storeCommit,
    storeDecline,
    storeJobClosed,
    storePosted,
} from '../../build/Escrow/Escrow_Escrow';
import { storeJobListed, storePost } from '../../build/Market/Market_Market';
import { accountId, readClosings, readEscrowNote, readListings, readPost } from '../../wrappers';

const STAKE = new Address(0, Buffer.alloc(32, 1));
const ESCROW = new Address(0, Buffer.alloc(32, 2));
const CLIENT = new Address(0, Buffer.alloc(32, 3));

type Store = (builder: Builder) => unknown;

/** As much of a transaction as the readers look at. */
function transaction(incoming: Store | undefined, outgoing: readonly Partial<Message>[] = []) {
    return {
        lt: 7n,
        now: 1000,
        inMessage: incoming && {
            info: { type: 'internal', bounced: false, src: STAKE },
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
    it('are listings as the Market logs them', () => {
        const log = storeJobListed({
            $$type: 'JobListed',
            escrow: accountId(ESCROW),
            client: accountId(CLIENT),
            index: 3n,
            jobId: 9n,
            modelTag: 0xabcdef01n,
            ceiling: 55n,
        });
        const message = { info: { type: 'external-out' }, body: body(log) } as Message;
        const [listing] = readListings(transaction(undefined, [message]));
        expect(listing).toMatchObject({
            index: 3,
            jobId: 9,
            modelTag: 0xabcdef01,
            ceiling: 55n,
            lt: 7n,
            listedAt: 1000,
        });
        expect(listing?.escrow.equals(ESCROW)).toBe(true);
        expect(listing?.client.equals(CLIENT)).toBe(true);
    });

    it('are no listings when they are internal messages: anybody can write those', () => {
        const log = storeJobListed({
            $$type: 'JobListed',
            escrow: 1n,
            client: 1n,
            index: 0n,
            jobId: 0n,
            modelTag: 0n,
            ceiling: 0n,
        });
        const message = { info: { type: 'internal' }, body: body(log) } as Message;
        expect(readListings(transaction(log, [message]))).toEqual([]);
    });

    it('are postings to the Market', () => {
        const post = storePost({
            $$type: 'Post',
            index: 2n,
            jobId: 4n,
            ceiling: 1n,
            assurance: 1n,
            open: true,
            parametersTag: 0n,
            terms: beginCell().endCell(),
        });
        expect(readPost(transaction(post))).toMatchObject({ index: 2, jobId: 4, client: STAKE });
    });

    it('are postings, bids, commits and declines at an Escrow', () => {
        const posted = storePosted({
            $$type: 'Posted',
            jobId: 4n,
            ceiling: 1n,
            extra: 1n,
            parametersTag: 0n,
            terms: beginCell().endCell(),
            parameters: null,
        });
        const bid = storeBid({
            $$type: 'Bid',
            jobId: 5n,
            lock: 1n,
            lockUntil: 2n,
            price: 33n,
            seedHash: 4n,
            operator: 5n,
            reserve: 6n,
            checkRate: 7n,
        });
        const commit = storeCommit({ $$type: 'Commit', jobId: 6n, root: 1n, seed: 2n, faulty: 0n });
        const decline = storeDecline({ $$type: 'Decline', jobId: 7n });
        expect(readEscrowNote(transaction(posted))).toEqual({ kind: 'posted', jobId: 4 });
        expect(readEscrowNote(transaction(bid))).toMatchObject({
            kind: 'bid',
            jobId: 5,
            stake: STAKE,
            price: 33n,
        });
        expect(readEscrowNote(transaction(commit))).toMatchObject({ kind: 'commit', jobId: 6 });
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
