import { Address } from '@ton/core';
import { FastClock } from '../../cli/demo/fast-clock';
import type { PassReason, ProviderNews } from '../../provider';
import type { JobEvent } from '../../sdk';

const ESCROW = Address.parseRaw(`0:${'1'.repeat(64)}`);
const ALDER = Address.parseRaw(`0:${'a'.repeat(64)}`);
const BIRCH = Address.parseRaw(`0:${'b'.repeat(64)}`);
const NAMES = new Map([
    [ALDER.toString(), 'Alder'],
    [BIRCH.toString(), 'Birch'],
]);
const END = 1_016;

describe('The clock of the demo', () => {
    let now: number;
    let told: string[];
    let clock: FastClock;
    beforeEach(() => {
        now = 1_000;
        told = [];
        const devnet = {
            now: () => now,
            advanceTime: (seconds: number) => Promise.resolve((now += seconds)),
        };
        clock = new FastClock(devnet, ['Alder', 'Birch'], (step) => told.push(step));
    });

    const hear = (event: JobEvent) =>
        clock.hearJob(event, (stake) => NAMES.get(stake.toString()) ?? '');
    const post = (jobId: number) => {
        hear({ kind: 'posted', ticket: { escrow: ESCROW, jobId } as never });
        hear({ kind: 'listed', biddingEnd: END });
    };
    const bid = (stake: Address) =>
        hear({ kind: 'bid', stake, price: 1n, accepted: true, exitCode: 0, at: now });
    const node = (name: string, jobId: number, news: ProviderNews) =>
        clock.hearNode(name, { escrow: ESCROW, jobId, ...news });
    const passed: ProviderNews = {
        ...{ kind: 'passed', reason: 'over' as PassReason, why: { code: 'over' }, detail: '' },
    };
    const outbid: ProviderNews = {
        ...{ kind: 'outbid', winner: ALDER, price: 1n, rank: 1n, detail: '' },
    };

    it('goes to the end of the bidding when all have bid', () => {
        post(0);
        bid(ALDER);
        expect(now).toBe(1_000);
        bid(BIRCH);
        expect(now).toBe(END);
        expect(told).toEqual(['all have bid: the clock of the chain goes 16 s ahead']);
    });

    it.each([
        ['passes', passed],
        ['sees a better bid before its own', outbid],
    ])('does so too when one bids and the other %s', (_how, news) => {
        post(0);
        bid(ALDER);
        node('Birch', 0, news);
        expect(now).toBe(END);
        expect(told).toEqual(['all have bid or left: the clock of the chain goes 16 s ahead']);
        // Once.
        now = 1_000;
        node('Birch', 0, news);
        expect(now).toBe(1_000);
    });

    it('hears a node that leaves before the client sees its job listed', () => {
        node('Birch', 3, passed);
        post(3);
        bid(ALDER);
        expect(now).toBe(END);
    });

    it('waits when nobody bids, for another job, and for a node that came later', () => {
        post(1);
        node('Alder', 1, passed);
        node('Birch', 1, passed);
        expect(now).toBe(1_000);
        post(2);
        node('Birch', 1, passed);
        bid(ALDER);
        expect(now).toBe(1_000);
        clock.join('Magpie');
        bid(BIRCH);
        expect(now).toBe(1_000);
        clock.leave('Magpie');
        node('Birch', 2, outbid);
        expect(now).toBe(END);
    });

    it('does not end the bidding of a job that was given back by bids from before', () => {
        post(0);
        bid(ALDER);
        hear({ kind: 'assigned', stake: ALDER, price: 1n });
        node('Birch', 0, outbid);
        expect(now).toBe(1_000);
        hear({ kind: 'declined', stake: ALDER });
        hear({ kind: 'listed', biddingEnd: END });
        bid(BIRCH);
        expect(now).toBe(1_000);
        bid(ALDER);
        expect(now).toBe(END);
    });
});
