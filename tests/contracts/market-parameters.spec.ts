import '@ton/test-utils';
import { beginCell, Cell, toNano } from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import {
    ErrorBadParameters,
    ErrorNothingProposed,
    ErrorNotOwner,
    ErrorTimelocked,
    loadParameters,
    loadParametersApplied,
    loadParametersProposed,
    storeParameters,
} from '../../build/Market/Market_Market';
import {
    convictionTime,
    DEVNET_PARAMETERS,
    encodeParameters,
    lockHorizon,
    MAIN_PARAMETERS,
    type MarketParameters,
    type VerificationWindows,
    withoutChecks,
} from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { logsOf } from './trace';
import { GENEROUS, UNDRAWN_PARAMETERS, World } from './world';

const NEXT: MarketParameters = { ...DEVNET_PARAMETERS, version: 2 };
const TIMELOCK = 3600;
/** What the parser of a record throws for what stands behind it. */
const CELL_UNDERFLOW = 9n;

let world: World;

beforeEach(async () => {
    world = await World.create({ timelockSeconds: TIMELOCK });
});

function proposeCell(parameters: Cell): Promise<SendMessageResult> {
    const message = { $$type: 'ProposeParameters', parameters } as const;
    return world.market.send(world.owner.getSender(), { value: GENEROUS }, message);
}

const propose = (parameters: MarketParameters) => proposeCell(encodeParameters(parameters));
const apply = () => world.market.sendApplyParameters(world.owner.getSender(), GENEROUS);

function expectExit(trace: SendMessageResult, code: bigint): void {
    expect(trace.transactions).toHaveTransaction({
        on: world.market.address,
        exitCode: Number(code),
    });
}

describe('ProposeParameters', () => {
    it('stores and logs sound parameters, and leaves those in force', async () => {
        const trace = await propose(NEXT);
        const [log] = logsOf(trace, world.market.address);
        const applyAt = BigInt(world.now + TIMELOCK);
        expect(loadParametersProposed((log ?? Cell.EMPTY).beginParse())).toEqual({
            $$type: 'ParametersProposed',
            version: 2n,
            applyAt,
        });
        expect(await world.market.getApplyAt()).toBe(applyAt);
        expect(await world.market.getProposedParameters()).toEqualCell(encodeParameters(NEXT));
        expect(await world.market.getMarketParameters()).toEqual(DEVNET_PARAMETERS);
    });

    it('is for the owner alone', async () => {
        const stranger = await world.chain.treasury('stranger');
        expectExit(
            await world.market.sendProposeParameters(stranger.getSender(), GENEROUS, NEXT),
            ErrorNotOwner,
        );
    });

    it('takes the parameters of the main networks', async () => {
        expect(
            logsOf(await propose({ ...MAIN_PARAMETERS, version: 2 }), world.market.address),
        ).toHaveLength(1);
    });

    const verification = (change: Partial<VerificationWindows>): Partial<MarketParameters> => ({
        verification: { ...DEVNET_PARAMETERS.verification, ...change },
    });
    // Wide enough for windows at their caps.
    const daily = { ...DEVNET_PARAMETERS.verification, bucket: 86_400, unbonding: 86_400 };

    it.each<[string, Partial<MarketParameters>]>([
        ['a version that does not grow', { version: 1 }],
        ['a version that falls', { version: 0 }],
        ['no bidding window', { bidWindowMax: 0 }],
        ['a bidding window over an hour', { bidWindowMax: 3601, verification: daily }],
        ['a commit window over a day', { commitWindowMax: 86_401, verification: daily }],
        ['no window to decline', { declineWindow: 0 }],
        ['a commit window that the decline window fills', { declineWindow: 1800 }],
        ['no window to accept', { acceptWindow: 0 }],
        ['no factor', { factor: 0 }],
        ['no minimum lock', { minLock: 0n }],
        ['a step over the whole rank', { minStep: 10_001 }],
        ['a protocol fee over a tenth', { protocolFee: 1001 }],
        ['a check rate over 1', { minCheckRate: 10_001 }],
        ['a backing no longer than the way to a conviction', { backing: convictionTime(NEXT) }],
        ['no bucket', verification({ bucket: 0 })],
        ['a bucket over a day', verification({ bucket: 86_401, unbonding: 86_400 })],
        ['locks that span more than 62 buckets', verification({ bucket: 44 })],
        ['unbonding within the backing', verification({ unbonding: 599 })],
        ['unbonding over 63 buckets', verification({ unbonding: 63 * 60 + 1 })],
        ['unbonding that no clock reaches', verification({ unbonding: 0xffff_ffff })],
        ['no rounds', verification({ rounds: 0 })],
        ['more rounds than a job prepays', verification({ rounds: 4 })],
        ['no jurors', verification({ jurors: 0 })],
        ['an appeal of fewer jurors', verification({ jurors: 5, appealJurors: 4 })],
        ['an appeal of more than 15 jurors', verification({ appealJurors: 16 })],
    ])('refuses %s', async (_, change) => {
        const trace = await propose({ ...NEXT, ...change });
        expectExit(trace, ErrorBadParameters);
        expect(await world.market.getProposedParameters()).toEqualCell(Cell.EMPTY);
    });

    it.each<[string, Partial<MarketParameters>]>([
        ['a bidding window of an hour', { bidWindowMax: 3600, verification: daily }],
        ['a commit window of a day', { commitWindowMax: 86_400, verification: daily }],
        ['a decline window a second under the commit window', { declineWindow: 1799 }],
        ['a protocol fee of nothing', { protocolFee: 0 }],
        ['a protocol fee of a tenth', { protocolFee: 1000 }],
        ['a backing a second over the way to a conviction', { backing: convictionTime(NEXT) + 1 }],
        ['locks that span 62 buckets', verification({ bucket: 45 })],
        ['unbonding as long as the backing', verification({ unbonding: 600 })],
        ['unbonding of 63 buckets', verification({ unbonding: 63 * 60 })],
        ['an appeal as large as the jury', verification({ jurors: 15 })],
    ])('takes %s', async (_, change) => {
        const sound = { ...NEXT, ...change };
        await propose(sound);
        expect(await world.market.getProposedParameters()).toEqualCell(encodeParameters(sound));
    });

    it.each([-1n, 1n])('refuses a horizon that is off by %i second', async (off) => {
        const parameters = loadParameters(encodeParameters(NEXT).beginParse());
        const bidding = { ...parameters.bidding, horizon: BigInt(lockHorizon(NEXT)) + off };
        const cell = beginCell()
            .store(storeParameters({ ...parameters, bidding }))
            .endCell();
        expectExit(await proposeCell(cell), ErrorBadParameters);
    });

    it('refuses cells with more in them than the record, which every Escrow would pay for', async () => {
        const cell = encodeParameters(NEXT);
        const verification = cell.refs[0] ?? Cell.EMPTY;
        const ballast = beginCell().storeUint(1, 900).endCell();
        const heavy = beginCell().storeSlice(verification.asSlice()).storeRef(ballast).endCell();
        const bits = beginCell().storeBits(cell.bits);
        for (const padded of [
            beginCell().storeSlice(cell.asSlice()).storeRef(ballast).endCell(),
            beginCell().storeSlice(cell.asSlice()).storeBit(0).endCell(),
            bits.storeRef(heavy).endCell(),
        ]) {
            expectExit(await proposeCell(padded), CELL_UNDERFLOW);
        }
    });

    it('starts the clock again when the proposal is replaced', async () => {
        await propose(NEXT);
        world.wait(TIMELOCK - 1);
        await propose({ ...NEXT, protocolFee: 900 });
        world.wait(1);
        expectExit(await apply(), ErrorTimelocked);
        world.wait(TIMELOCK - 1);
        await apply();
        expect((await world.market.getMarketParameters()).protocolFee).toBe(900);
    });
});

describe('ApplyParameters', () => {
    it('waits for the timelock, at -1 and 0 seconds, and is for anyone', async () => {
        const books = openBooks(world.chain);
        await propose(NEXT);
        world.wait(TIMELOCK - 1);
        expectExit(await apply(), ErrorTimelocked);
        world.wait(1);
        const anyone = await world.chain.treasury('anyone');
        const trace = await world.market.sendApplyParameters(anyone.getSender(), GENEROUS);
        const [log] = logsOf(trace, world.market.address);
        expect(loadParametersApplied((log ?? Cell.EMPTY).beginParse()).version).toBe(2n);
        expect(await world.market.getMarketParameters()).toEqual(NEXT);
        expect(await world.market.getProposedParameters()).toEqualCell(Cell.EMPTY);
        expectConserved(books);
    });

    it('needs a proposal, and uses it once', async () => {
        expectExit(await apply(), ErrorNothingProposed);
        await propose(NEXT);
        world.wait(TIMELOCK);
        await apply();
        expectExit(await apply(), ErrorNothingProposed);
    });

    it('leaves running jobs their parameters and gives the next job the new ones', async () => {
        world = await World.create({
            timelockSeconds: TIMELOCK,
            parameters: UNDRAWN_PARAMETERS,
        });
        const provider = await world.provider('provider');
        const client = await world.client();
        const books = openBooks(world.chain);
        await propose({ ...withoutChecks(NEXT), protocolFee: 1000, minStep: 5000 });
        world.wait(TIMELOCK);
        await world.post(client, { terms: { takePrice: toNano('0.5') } });
        await apply();
        await world.post(client, { jobId: 1, terms: { takePrice: toNano('0.5') } });
        const price = toNano('0.5');
        const paid: bigint[] = [];
        for (const jobId of [0, 1]) {
            const before = (await provider.stake.getStake()).withdrawable;
            await world.bid(provider, client, { jobId, price });
            await world.commit(provider, client, { jobId });
            await world.accept(client, { jobId });
            paid.push((await provider.stake.getStake()).withdrawable - before);
        }
        expect(paid).toEqual([(price * 99n) / 100n, (price * 9n) / 10n]);
        expectConserved(books);
    });
});
