import type { Cell } from '@ton/core';
import { beginCell, type Builder, Dictionary } from '@ton/core';
import type { BlockchainSnapshot, SendMessageResult } from '@ton/sandbox';
import * as abi from '../../build/Escrow/Escrow_Escrow';
import { Stake, storeHold, storeHoldEnded, storePenalize } from '../../build/Stake/Stake_Stake';
import { accountId, DEVNET_PARAMETERS } from '../../wrappers';
import { CheckWorld, CLOSE, FAR, PRICE, SAYS, TRUTH } from './check-world';
import { speakFor } from './escrow-scenes';
import { deepIds, plantJobs } from './escrow-states';
import { dearestBuckets, readStake, writeStake } from './stake-state';
import { GENEROUS } from './world';

/** What an external message may use before it is accepted. */
const CREDIT = 10_000;

const DEEP = 1 << 20;

/** Constants are at most this much above the worst real gas. */
const SLACK = 1.12;
/** How tickets lie in the dictionaries decides how much of what is walked through is shared. */
const BY_TICKETS = new Map([['  Concede', 1.25]]);

/** Each constant by the step that is its worst. */
const CONSTANTS: Record<string, bigint> = {
    'tick silent': abi.GasEscrowAccept,
    '  Claim': abi.GasEscrowClaim,
    seal: abi.GasEscrowSeal,
    open: abi.GasEscrowOpen,
    'reveal mismatch': abi.GasEscrowReveal,
    'joint reveal': abi.GasEscrowJointReveal,
    'tick round': abi.GasEscrowRound,
    equivocated: abi.GasEscrowRound,
    '  HoldAcknowledged': abi.GasEscrowHeld,
    '  Dispute': abi.GasEscrowDispute,
    'seal of fifteen': abi.GasEscrowJurorSeal,
    'reveal of fifteen': abi.GasEscrowJurorReveal,
    'tick conclusion': abi.GasEscrowVerdict + 20n * abi.GasEscrowJuror,
    '  Concede': abi.GasEscrowConcede,
    '  Convicted': abi.GasEscrowConvicted,
    '  Hold': abi.GasStakeHold,
    '  SettleChecked': abi.GasStakeSettleChecked,
    '  Reward': abi.GasStakeReward,
    '  Penalize': abi.GasStakePenalize,
    '  ReportConviction': abi.GasStakeReport,
    claim: abi.GasStakeClaim,
};

const names = new Map(
    Object.entries({ ...abi.Escrow.opcodes, ...Stake.opcodes }).map(([name, code]) => [code, name]),
);

/** Gas of each step, and of its way to acceptance, in the dearest Escrow: 64 jobs at deep ids. */
describe('Gas of a check', () => {
    let world: CheckWorld;
    let opening: BlockchainSnapshot;
    let revealed: BlockchainSnapshot;
    const used = new Map<string, number>();
    const before = new Map<string, number>();

    beforeAll(async () => {
        world = await CheckWorld.create({
            parameters: DEVNET_PARAMETERS,
            operators: 22,
            outputs: 4,
        });
        // Too much credit, so that a step that needs more than it has is measured too.
        world.world.chain.setConfig(withCredit(world.world.chain.config, 30_000n));
        await live();
    }, 300_000);
    afterAll(() => {
        if (!process.env['GAS_REPORT']) return;
        for (const [name, gas] of used) {
            process.stderr.write(`${name}: ${before.get(name) ?? '-'} of ${gas}\n`);
        }
    });

    /** Does a step on a job that is one of 64, and then for job 0 in the Escrow that is kept. */
    async function measure(
        name: string,
        step: (jobId: number) => Promise<SendMessageResult>,
        planted = true,
    ): Promise<void> {
        const start = world.world.chain.snapshot();
        if (planted) await plantJobs(world.world, world.client, deepIds.toOpen);
        const escrow = world.client.escrow.address;
        await world.world.chain.setVerbosityForAddress(escrow, {
            print: false,
            vmLogs: 'vm_logs_gas',
        });
        const result = await step(DEEP);
        await world.world.chain.setVerbosityForAddress(escrow, undefined);
        for (const { inMessage, description } of result.transactions) {
            if (description.type !== 'generic' || description.computePhase.type !== 'vm') continue;
            const body = inMessage?.body.beginParse();
            const opcode = body !== undefined && body.remainingBits >= 32 ? body.loadUint(32) : 0;
            const word = names.get(opcode);
            if (word === undefined) continue;
            const { exitCode, gasUsed } = description.computePhase;
            const key = inMessage?.info.type === 'external-in' ? name : `  ${word}`;
            if (exitCode !== 0) used.set(`${key} FAILED ${exitCode} in ${name}`, 0);
            used.set(key, Math.max(used.get(key) ?? 0, Number(gasUsed)));
        }
        const accepted = acceptedAt(result);
        if (accepted !== undefined) before.set(name, Math.max(before.get(name) ?? 0, accepted));
        await world.world.chain.loadFrom(start);
    }

    async function both(
        name: string,
        step: (jobId: number) => Promise<SendMessageResult>,
    ): Promise<SendMessageResult> {
        await measure(name, step);
        return step(0);
    }

    async function live(): Promise<void> {
        await world.committed();
        await measure('accept', (jobId) =>
            world.world.accept(world.client, { jobId, seed: world.world.seed(0) }),
        );
        world.world.wait(world.parameters.acceptWindow);
        await both('tick silent', (jobId) => world.client.escrow.sendTick(jobId));
        const [best, second] = await world.byTicket();
        if (best === undefined || second === undefined) throw new Error('Nobody is there.');
        await both('claim', (jobId) => world.claim(second, { jobId }));
        await both('claim better', (jobId) => world.claim(best, { jobId }));
        await world.endOfPhase();
        for (const [verified, opened] of [
            [TRUTH, CLOSE],
            [TRUTH, FAR],
        ] as const) {
            await measure('joint reveal', (jobId) =>
                world.revealJointly(verified, opened, { jobId, keyOf: 0 }),
            );
        }
        await both('seal', (jobId) => world.seal(TRUTH, { jobId }));
        opening = world.world.chain.snapshot();
        await measure('equivocated', (jobId) => world.showSeal(FAR, { jobId }));
        world.world.wait(20);
        await measure('tick not opened', (jobId) => world.client.escrow.sendTick(jobId));
        await world.world.chain.loadFrom(opening);
        await both('open', (jobId) => world.open(TRUTH, { jobId, keyOf: 0 }));
        const revealing = world.world.chain.snapshot();
        await measure('reveal pass', (jobId) => world.reveal(TRUTH, { jobId }));
        world.world.wait(20);
        await measure('tick round', (jobId) => world.client.escrow.sendTick(jobId));
        await world.world.chain.loadFrom(revealing);
        await measure('reveal report', (jobId) =>
            world.reveal(TRUTH, { jobId, kind: 'missing-data' }),
        );
        const passing = world.world.chain.snapshot();
        await world.world.chain.loadFrom(opening);
        await world.open(FAR);
        await measure('reveal mismatch', (jobId) => world.reveal(TRUTH, { jobId }));
        await world.reveal();
        revealed = world.world.chain.snapshot();
        await world.world.chain.loadFrom(passing);
        await world.reveal();
        const appeal = world.world.chain.snapshot();
        await world.endOfPhase();
        await measure('tick pass', (jobId) => world.client.escrow.sendTick(jobId));
        await world.world.chain.loadFrom(appeal);
        await penalized();
        await both('dispute', (jobId) => world.dispute(world.client.wallet, { jobId }));
        world.world.wait(1);
        await both('tick seed', (jobId) => world.client.escrow.sendTick(jobId));
        const order = await world.byTicket();
        const jurors = order.filter((operator) => operator !== best);
        await world.claim(jurors[9] as never);
        for (const juror of jurors.slice(1, 5)) await world.claim(juror);
        await both('claim seat', (jobId) => world.claim(jurors[0] as never, { jobId }));
        await world.endOfPhase();
        await judge(1, 'five');
        await both('tick verdict', (jobId) => world.client.escrow.sendTick(jobId));
        await both('dispute again', (jobId) => world.dispute(world.client.wallet, { jobId }));
        world.world.wait(1);
        await both('tick seed again', (jobId) => world.client.escrow.sendTick(jobId));
        const again = (await world.byTicket()).filter(
            (operator) => operator !== best && !jurors.slice(0, 5).includes(operator),
        );
        await world.claim(again[15] as never);
        for (const juror of again.slice(1, 15)) await world.claim(juror);
        await both('claim seat again', (jobId) => world.claim(again[0] as never, { jobId }));
        await world.endOfPhase();
        await judge(2, 'fifteen');
        await measure('tick conclusion', (jobId) => world.client.escrow.sendTick(jobId));
    }

    /** A concession with jurors, a report, and the dearest penalty and hold of the Stake. */
    async function penalized(): Promise<void> {
        const start = world.world.chain.snapshot();
        const { accused } = world;
        await world.world.chain.loadFrom(revealed);
        await world.seed();
        for (let index = 1; index <= 5; index++) await world.claim(world.operator(index));
        await measure('concede', (jobId) => world.act(accused, { kind: 'concede', jobId }));
        await world.world.chain.loadFrom(opening);
        const owner = { client: accountId(world.client.wallet.address), index: 0n };
        const say = (store: (builder: Builder) => void) =>
            speakFor(
                world.world,
                world.client.escrow.address,
                accused.stake.address,
                beginCell().store(store).endCell(),
            );
        for (let job = 0n; job < 10n; job++) {
            const heldUntil = BigInt(world.now) + 1000n + job;
            const hold = storeHold({ $$type: 'Hold', jobId: job, ...owner, heldUntil });
            await measure('hold', () => say(hold), false);
            await say(hold);
        }
        const end = storeHoldEnded({ $$type: 'HoldEnded', jobId: 4n, ...owner });
        await measure('hold ended', () => say(end), false);
        const first = Math.floor(world.now / world.windows.bucket);
        const { buckets } = dearestBuckets(first - 50);
        const { principal } = await readStake(world.world, accused.stake.address);
        await writeStake(world.world, accused.stake.address, { buckets, principal });
        const penalty = storePenalize({
            $$type: 'Penalize',
            jobId: 0n,
            ...owner,
            lock: 0n,
            lockUntil: 0n,
            kind: 3n,
            fine: 0n,
            compensation: PRICE,
            catcher: accountId(world.operator(1).stake.address),
            reward: PRICE,
        });
        for (let job = 0n; job < 10n; job++)
            await say(storeHoldEnded({ $$type: 'HoldEnded', jobId: job, ...owner }));
        world.world.wait(1010);
        await measure('penalty', () => say(penalty), false);
        await say(penalty);
        await measure('report', (jobId) =>
            accused.stake.sendReportConviction(world.client.wallet.getSender(), GENEROUS, {
                jobId,
                client: world.client.wallet.address,
                index: 0,
            }),
        );
        await world.world.chain.loadFrom(start);
    }

    async function judge(stage: 1 | 2, name: string): Promise<void> {
        const seats = await world.jurors();
        const said = stage === 1 ? SAYS.right : SAYS.wrong;
        for (const [index, seat] of seats.entries()) {
            if (index === 0 || index === seats.length - 1) {
                await measure(`seal of ${name}`, (jobId) => world.sealSeat(seat, said, jobId));
            }
            await world.sealSeat(seat, said);
        }
        for (const [index, seat] of seats.entries()) {
            if (index === 0 || index === seats.length - 1) {
                await measure(`reveal of ${name}`, (jobId) => world.revealSeat(seat, said, jobId));
            }
            await world.revealSeat(seat, said);
        }
    }

    it('leaves every external message within its credit', () => {
        for (const [name, gas] of before) {
            expect(`${name} ${gas <= CREDIT}`).toBe(`${name} true`);
        }
    });

    it('is under its constant for each step', () => {
        const over = Object.entries(CONSTANTS).filter(
            ([name, constant]) => (used.get(name) ?? Infinity) > Number(constant),
        );
        expect(over.map(([name]) => `${name} ${used.get(name)}`)).toEqual([]);
        expect(
            [...used.keys()].filter((name) => name.includes('FAILED') && !isStray(name)),
        ).toEqual([]);
    });

    it('is not far under it, so that nobody prepays air', () => {
        const loose = Object.entries(CONSTANTS).filter(
            ([name, constant]) =>
                Number(constant) > (used.get(name) ?? 0) * (BY_TICKETS.get(name) ?? SLACK),
        );
        expect(loose.map(([name, constant]) => `${name} ${used.get(name)} ${constant}`)).toEqual(
            [],
        );
    });
});

/** The answer to a hold of this test's making, whose job there is not. */
function isStray(name: string): boolean {
    return /HoldAcknowledged FAILED 34[01]/.test(name);
}

/** Gas that a message used before it was accepted; undefined for one that came with money. */
function acceptedAt(result: SendMessageResult): number | undefined {
    const tx = result.transactions.find(({ inMessage }) => inMessage?.info.type === 'external-in');
    if (tx === undefined) return undefined;
    const logs = tx.vmLogs.split('\n');
    if (!tx.vmLogs.includes('execute ACCEPT')) return undefined;
    const accept = logs.findIndex((line) => line.includes('execute ACCEPT'));
    const left = logs
        .slice(0, accept)
        .reverse()
        .find((line) => line.startsWith('gas remaining'));
    return 30_000 - Number(left?.split(':')[1] ?? NaN);
}

function withCredit(config: Cell, credit: bigint): Cell {
    const params = Dictionary.loadDirect(Dictionary.Keys.Int(32), Dictionary.Values.Cell(), config);
    const old = params.get(21)?.beginParse();
    if (old === undefined) throw new Error('The configuration has no gas prices.');
    const cell = beginCell()
        .storeBits(old.loadBits(8 + 64 + 64 + 8 + 64 + 64 + 64))
        .storeUint(credit, 64);
    old.skip(64);
    params.set(21, cell.storeSlice(old).endCell());
    return beginCell().storeDictDirect(params).endCell();
}
