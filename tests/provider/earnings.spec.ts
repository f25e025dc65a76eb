import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Address } from '@ton/core';
import * as z from 'zod';
import { csvText } from '../../provider/outcomes/csv';
import { asHashHex } from '../../protocol';
import {
    addUp,
    comparePrices,
    type LedgerEntry,
    MEANINGS,
    openBooks,
    openState,
    reasonSchema,
} from '../../provider';
import { endReason, missingOf, stakeReason } from '../../provider/outcomes/reasons';
import { publicReason } from '../../provider/outcomes/public-reason';

const DAY = 86_400_000;
const T0 = Date.parse('2026-11-01');
const MODEL = asHashHex('a'.repeat(64));
const address = (byte: number) => new Address(0, Buffer.alloc(32, byte));

let next = 0;
function entry(facts: Partial<LedgerEntry> = {}): LedgerEntry {
    const seenAt = T0 + next;
    next += 1000;
    return { escrow: address(1), jobId: next, outcome: 'open', seenAt, ...facts };
}

function sourceOf(entries: readonly LedgerEntry[]) {
    return {
        seenBetween: (since: number, until: number) =>
            entries.filter(({ seenAt }) => seenAt >= since && seenAt < until),
        days: () => new Map(),
    };
}

describe('What the books add up to', () => {
    const tooDear = (asked: bigint, offered: bigint) =>
        entry({
            outcome: 'passed',
            modelName: 'b',
            why: { code: 'over-ceiling', asked, offered },
            closedAt: T0,
        });
    const paid = entry({
        outcome: 'paid',
        modelName: 'a',
        client: address(2),
        why: { code: 'paid-accepted' },
        ...{ bidAt: T0 + 1, wonAt: T0 + 2, closedAt: T0 + DAY + 5 },
        ...{ paid: 101n, earned: 100n, fees: 10n },
    });
    const slashed = entry({
        outcome: 'forfeited',
        modelName: 'a',
        why: { code: 'not-committed', step: 'inputs' },
        ...{ bidAt: T0 + 1, wonAt: T0 + 2, closedAt: T0 + DAY, fees: 10n, lost: 500n },
    });
    const source = sourceOf([paid, slashed, tooDear(50n, 9n), tooDear(50n, 5n), tooDear(70n, 7n)]);
    const request = { since: T0, until: T0 + 2 * DAY, format: String };

    it.each(['day', 'model', 'reason', 'client'] as const)('is the same by %s', (by) => {
        const { rows, total } = addUp(source, { ...request, by });
        expect(total).toEqual({
            ...{ seen: 5, bids: 2, won: 2, paid: 1 },
            ...{ earned: 100n, gas: 20n, lost: 500n, net: -420n },
        });
        expect(rows.reduce((sum, row) => sum + row.net, 0n)).toBe(total.net);
    });

    it('counts what happened at the day when it did', () => {
        const { rows } = addUp(source, { ...request, by: 'day' });
        expect(rows.map(({ key, seen, paid: n, earned }) => [key, seen, n, earned])).toEqual([
            ['2026-11-01', 5, 0, 0n],
            ['2026-11-02', 0, 1, 100n],
        ]);
    });

    it('says why not, the most frequent reason first, with medians and what to do', () => {
        const { reasons } = addUp(source, { ...request, by: 'reason' });
        expect(reasons.map(({ code, jobs }) => [code, jobs])).toEqual([
            ['over-ceiling', 3],
            ['not-committed', 1],
        ]);
        expect(reasons[0]).toMatchObject({
            sentence: '3 jobs paid less than your price: they offered 7, you asked 50 (medians).',
            medianOffer: 7n,
        });
        expect(reasons[1]?.sentence).toContain('at the step inputs');
    });

    it('takes days whose entries were dropped from their sums', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'cocoon-books-'));
        const state = await openState({
            ...{ folder, stake: address(3), market: address(4) },
            now: () => T0,
        });
        const job = (jobId: number, seenAt: number) => ({ escrow: address(1), jobId, seenAt });
        state.ledger.note(job(1, T0), { outcome: 'paid', earned: 7n, closedAt: T0 });
        const old = addUp(state.ledger, { ...request, by: 'day' });
        state.ledger.prune(T0 + 1, 10);
        expect(state.ledger.find(address(1), 1)).toBeUndefined();
        expect(addUp(state.ledger, { ...request, by: 'day' }).total).toEqual(old.total);
        state.ledger.note(job(2, T0 + 5), { outcome: 'passed', why: { code: 'over' } });
        expect(state.ledger.find(address(1), 2)).toMatchObject({ why: { code: 'over' } });
        await state.close();
        const books = await openBooks(folder);
        expect(books?.ledger.find(address(1), 2)).toMatchObject({ outcome: 'passed' });
        await books?.close();
        rmSync(folder, { recursive: true });
        expect(await openBooks(folder)).toBeUndefined();
    });
});

describe('Comma-separated values', () => {
    it('give a spreadsheet no formula of a stranger, and keep negative amounts numbers', () => {
        const names = ['=cmd|calc!A1', '+1', '-1', '@SUM(A1)', '\tx', 'a "b", c\nd', '＝x'];
        const rows = names.map((name) => [name, 1, { amount: '-0.5' }] as const);
        expect(csvText(['name', 'jobs', 'net'], rows)).toBe(
            [
                'name,jobs,net',
                "'=cmd|calc!A1,1,-0.5",
                "'+1,1,-0.5",
                "'-1,1,-0.5",
                "'@SUM(A1),1,-0.5",
                "'\tx,1,-0.5",
                '"a ""b"", c\nd",1,-0.5',
                "'＝x,1,-0.5",
                '',
            ].join('\r\n'),
        );
    });
});

describe('Prices', () => {
    const job = (facts: Partial<LedgerEntry>) =>
        entry({ model: MODEL, modelName: 'a', items: 1000, ...facts });
    const soldFor = (price: bigint) =>
        job({ fate: { kind: 'sold', winner: address(9), price, knownAt: T0 } });
    const options = {
        costs: [{ key: [MODEL, 4] as [string, number], coreMs: 3600 }],
        pricing: { kind: 'per-core-hour', nano: 5_000_000n } as const,
        ...{ processes: 1, gas: 0n, gasAsked: 0n, coreHourCost: 0, observedMs: 10 * DAY },
    };

    it('are compared by what a core hour brought, and the one that would have brought most is named', () => {
        // 1,000 items of 3.6 s take an hour of a core.
        const prices = [1n, 4n, 4n, 4n, 6n].map((milli) => soldFor(milli * 1_000_000n));
        const [model] = comparePrices({ ...options, entries: prices });
        expect(model).toMatchObject({ unit: 'core-hour', sold: 5, unsold: 0, itemsPerHour: 1000 });
        expect(model?.median).toBeCloseTo(0.004);
        expect(model?.own).toBeCloseTo(0.005);
        expect(model?.ownShare).toBeCloseTo(0.2);
        const { suggestion } = model!;
        // Four jobs at just under 4 bring more than five at 1, or one at 6.
        expect(suggestion?.price).toBeCloseTo(0.00396);
        expect(suggestion).toMatchObject({ share: 0.8, jobs: 4, fits: true });
        expect(suggestion?.net).toBeCloseTo(4 * 0.00396);
        expect(suggestion?.netRange[0]).toBe(0);
    });

    it('suggests none under what a core hour costs', () => {
        const entries = [soldFor(1_000_000n)];
        const [model] = comparePrices({ ...options, entries, coreHourCost: 0.002 });
        expect(model?.suggestion).toBeUndefined();
    });

    it('counts what nobody bid for at its ceiling, and own jobs at their price', () => {
        const entries = [
            job({ ceiling: 3_000_000n, fate: { kind: 'unsold', knownAt: T0 } }),
            job({ price: 3_000_000n, wonAt: T0 }),
        ];
        const [model] = comparePrices({ ...options, entries });
        expect(model).toMatchObject({ sold: 1, unsold: 1 });
        expect(model?.suggestion?.price).toBeCloseTo(0.003);
    });

    it('says how little a machine could have done where it is too slow for all of it', () => {
        const entries = [soldFor(4_000_000n), soldFor(4_000_000n)];
        const [model] = comparePrices({ ...options, entries, observedMs: 3_600_000 });
        expect(model?.suggestion?.fits).toBe(false);
        expect(model?.suggestion?.net).toBeCloseTo(0.00396);
    });
});

describe('Reasons', () => {
    const codes = reasonSchema.options.map((option) => option.shape.code.value);

    it('have a meaning and an advice each, and stand in the documentation', () => {
        expect(Object.keys(MEANINGS).sort()).toEqual([...codes].sort());
        const page = readFileSync(join(__dirname, '..', '..', 'docs', 'earnings.md'), 'utf8');
        for (const code of codes) expect(page).toContain(`\`${code}\``);
    });

    it('keep what they hold through the database', () => {
        const why = { code: 'outbid', winner: address(7), winnerPrice: 5n, ownPrice: 6n } as const;
        const kept = z.encode(reasonSchema, why);
        expect(kept).toMatchObject({ winner: address(7).toRawString(), winnerPrice: '5' });
        expect(z.encode(reasonSchema, z.decode(reasonSchema, kept))).toEqual(kept);
        expect(stakeReason(384)).toEqual({ code: 'daily-limit' });
        expect(stakeReason(380)).toEqual({ code: 'stake-refused', exitCode: 380 });
        expect(endReason('not-committed', 'execution')).toMatchObject({ step: 'execution' });
        const long = missingOf('inputs-unavailable', 'x', Array(50).fill('y'.repeat(5000)));
        expect(JSON.stringify(long).length).toBeLessThan(3000);
    });

    it('tell clients nothing of the rules, the money or the preferences of the owner', () => {
        const told = (why: LedgerEntry['why']) => publicReason(entry({ outcome: 'passed', why }));
        expect(told({ code: 'client-not-allowed', rule: 'blocked' })).toEqual({
            code: 'not-taken',
        });
        expect(told({ code: 'suspended', preference: 'on battery' })).toEqual({
            code: 'suspended',
        });
        expect(told({ code: 'reserve-too-small', needed: 9n, reserve: 5n })).toEqual({
            code: 'stake',
        });
        expect(told({ code: 'over-limits', limit: 'lock', asked: 9n, most: 5n })).toEqual({
            code: 'too-large',
            limit: 'value',
        });
        expect(told({ code: 'over-limits', limit: 'items', asked: 9n, most: 5n })).toEqual({
            code: 'too-large',
            limit: 'items',
            most: 5,
        });
        const lost = entry({ outcome: 'lost', bidAt: T0, price: 4n, why: { code: 'outbid' } });
        expect(publicReason(lost)).toEqual({ code: 'bid', price: 4n });
    });
});
