import { toNano } from '@ton/core';
import type { SandboxContract } from '@ton/sandbox';
import type { FeeTable } from '../devnet';
import { accountId, DEVNET_PARAMETERS, type Escrow } from '../wrappers';
import {
    accept,
    castOf,
    check,
    checkJointly,
    commitFromDeposit,
    convict,
    deposit,
    dispute,
    DRAWN_PARAMETERS,
    equivocate,
    postFromDeposit,
    seedJury,
    tick,
} from './checked-lives';
import { type Operator, Stage, type Step, type Wallet } from './stage';

/** What the whole life of something took, all parties and their wallets together. */
export interface Life {
    readonly name: string;
    readonly steps: readonly Step[];
    /** What all balances together lost, in nanoGRAM. */
    readonly fees: bigint;
}

/**
 * Runs each life on a fresh chain with the given prices.
 *
 * @param checked - whether those with checks and juries too, which take longer
 */
export async function runLives(fees: FeeTable, checked = true): Promise<Life[]> {
    const lives: Life[] = [];
    for (const [name, run] of Object.entries(scripts)) {
        lives.push(await run(name, await Stage.create(fees)));
    }
    for (const [name, run] of checked ? Object.entries(checkedScripts) : []) {
        lives.push(await run(name, await Stage.create(fees, DRAWN_PARAMETERS)));
    }
    return lives;
}

type Script = (name: string, stage: Stage) => Promise<Life>;

async function measured(name: string, stage: Stage, run: () => Promise<void>): Promise<Life> {
    const from = stage.steps.length;
    const before = await stage.money();
    await run();
    return { name, steps: stage.steps.slice(from), fees: before - (await stage.money()) };
}

/** A job of one item with one bid, from posting to acceptance. */
async function finishOneJob(
    stage: Stage,
    client: Wallet,
    operator: Operator,
    escrow: SandboxContract<Escrow>,
    items = 1,
): Promise<void> {
    const jobId = await stage.post(client, escrow, { items });
    await stage.bid(operator, client, escrow, jobId, toNano('0.05'));
    await stage.commit(operator, escrow, jobId);
    await stage.record(escrow.sendAccept({ jobId, seed: BigInt(jobId) }));
}

/** A market where every contract is there already and one job has been done. */
async function settled(stage: Stage) {
    const client = await stage.wallet('client');
    const first = await stage.operator('first');
    const escrow = await stage.escrow(client);
    await finishOneJob(stage, client, first, escrow);
    // Long enough for the lock of that job to have ended.
    stage.wait(3600);
    return { client, first, escrow };
}

function oneJob(items: number): Script {
    return async (name, stage) => {
        const { client, first, escrow } = await settled(stage);
        return measured(name, stage, () => finishOneJob(stage, client, first, escrow, items));
    };
}

const scripts: Record<string, Script> = {
    'one item, one bid, accepted': oneJob(1),
    'a thousand items, one bid, accepted': oneJob(1000),
    'the same from a deposit: no wallet, and the rest stays': async (name, stage) => {
        const cast = await castOf(stage, 0);
        await accept(stage, cast, await commitFromDeposit(stage, cast));
        return measured(name, stage, async () => {
            await accept(stage, cast, await commitFromDeposit(stage, cast));
        });
    },
    'one item, three bids, accepted': async (name, stage) => {
        const { client, first, escrow } = await settled(stage);
        const second = await stage.operator('second');
        const third = await stage.operator('third');
        return measured(name, stage, async () => {
            const id = await stage.post(client, escrow, { takePrice: 0n });
            await stage.bid(first, client, escrow, id, toNano('0.05'));
            await stage.bid(second, client, escrow, id, toNano('0.04'));
            await stage.bid(third, client, escrow, id, toNano('0.03'));
            stage.wait(2);
            await stage.commit(third, escrow, id);
            await stage.record(escrow.sendAccept({ jobId: id, seed: BigInt(id) }));
        });
    },
    'cancelled before any bid': async (name, stage) => {
        const { client, escrow } = await settled(stage);
        return measured(name, stage, async () => {
            const id = await stage.post(client, escrow);
            await escrow.sendCancel(stage.sender(client), toNano('0.01'), id);
        });
    },
    'no bid': async (name, stage) => {
        const { client, escrow } = await settled(stage);
        return measured(name, stage, async () => {
            const id = await stage.post(client, escrow);
            stage.wait(60);
            await stage.record(escrow.sendTick(id));
        });
    },
    'declined and done by another': async (name, stage) => {
        const { client, first, escrow } = await settled(stage);
        const second = await stage.operator('second');
        return measured(name, stage, async () => {
            const id = await stage.post(client, escrow);
            await stage.bid(first, client, escrow, id, toNano('0.05'));
            await stage.act(first, client, { kind: 'decline', jobId: id });
            await stage.bid(second, client, escrow, id, toNano('0.05'));
            await stage.commit(second, escrow, id);
            await stage.record(escrow.sendAccept({ jobId: id, seed: BigInt(id) }));
        });
    },
    'never delivered (the burnt lock is not a fee)': async (name, stage) => {
        const { client, first, escrow } = await settled(stage);
        return measured(name, stage, async () => {
            const id = await stage.post(client, escrow);
            await stage.bid(first, client, escrow, id, toNano('0.05'));
            stage.wait(61);
            await stage.record(escrow.sendTick(id));
        });
    },
    'opening a Stake': async (name, stage) => {
        const wallet = await stage.wallet('operator');
        return measured(name, stage, async () => {
            await stage.operator('late', wallet);
        });
    },
    'first post of a client, with its Escrow': async (name, stage) => {
        const client = await stage.wallet('client');
        const escrow = await stage.escrow(client);
        return measured(name, stage, async () => {
            await stage.post(client, escrow);
        });
    },
    'what else a client says: raise, withdraw, sweep': async (name, stage) => {
        const { client, first, escrow } = await settled(stage);
        // Enough fees for the sweep to be worth it at both prices.
        for (let jobs = 0; jobs < 4; jobs += 1) await finishOneJob(stage, client, first, escrow);
        return measured(name, stage, async () => {
            const jobId = await stage.post(client, escrow);
            const raised = { jobId, ceiling: toNano('0.2'), assurance: toNano('0.2') };
            const sender = stage.sender(client);
            await escrow.sendRaiseCeiling(sender, toNano('0.5'), raised);
            await escrow.sendWithdrawSurplus(sender, toNano('0.05'));
            await escrow.sendSweepFees(sender, toNano('0.05'));
        });
    },
    'what else an operator says: all of it once': async (name, stage) => {
        const { first } = await settled(stage);
        const { stake, nodeKey } = first;
        const sender = stage.sender(first.wallet);
        const amounts = { reserve: toNano('1'), collateral: toNano('1') };
        return measured(name, stage, async () => {
            await stake.sendDeposit(sender, toNano('2.1'), amounts);
            await stake.sendUnbond(sender, toNano('0.1'), amounts);
            await stake.sendSetNode(sender, toNano('0.1'), { nodeKey: nodeKey.publicKey });
            const limits = { dailyLimit: toNano('5'), paused: true };
            await stake.sendSetLimits(sender, toNano('0.1'), limits);
            const withdrawn = { amount: toNano('0.01'), operating: toNano('0.01') };
            await stake.sendWithdraw(sender, toNano('0.1'), withdrawn);
        });
    },
    'what the owner of a Market says: all of it once': async (name, stage) => {
        const { market, owner } = stage;
        const sender = owner.getSender();
        const value = toNano('0.1');
        const parameters = { ...DEVNET_PARAMETERS, version: 2 };
        const id = accountId(owner.address);
        return measured(name, stage, async () => {
            await stage.record(market.sendProposeParameters(sender, value, parameters));
            stage.wait(61);
            await stage.record(market.sendApplyParameters(sender, value));
            const propose = { $$type: 'ProposeOwner', owner: id } as const;
            await stage.record(market.send(sender, { value }, propose));
            await stage.record(market.send(sender, { value }, { $$type: 'AcceptOwner' }));
            await stage.record(market.send(sender, { value }, { $$type: 'Fees' }));
            const withdraw = { $$type: 'WithdrawFees', amount: toNano('0.01') } as const;
            await stage.record(market.send(sender, { value }, withdraw));
        });
    },
};

const checkedScripts: Record<string, Script> = {
    'from a deposit, drawn and passed': async (name, stage) => {
        const cast = await castOf(stage, 1);
        return measured(name, stage, async () => {
            const jobId = await commitFromDeposit(stage, cast);
            await accept(stage, cast, jobId);
            await checkJointly(stage, cast, jobId);
        });
    },
    'the same with all of its check on chain': async (name, stage) => {
        const cast = await castOf(stage, 1);
        return measured(name, stage, async () => {
            const jobId = await commitFromDeposit(stage, cast);
            await accept(stage, cast, jobId);
            await check(stage, cast, jobId, 'right');
        });
    },
    'a verifier equivocates, and another round passes (what is burnt is not a fee)': async (
        name,
        stage,
    ) => {
        const cast = await castOf(stage, 1);
        return measured(name, stage, async () => {
            const jobId = await commitFromDeposit(stage, cast);
            await accept(stage, cast, jobId);
            await equivocate(stage, cast, jobId);
            await checkJointly(stage, cast, jobId);
        });
    },
    'a silent client, passed, and paid when nobody disputes': async (name, stage) => {
        const cast = await castOf(stage, 1);
        return measured(name, stage, async () => {
            const jobId = await commitFromDeposit(stage, cast);
            stage.wait(stage.parameters.acceptWindow);
            await tick(stage, cast, jobId);
            await checkJointly(stage, cast, jobId);
            stage.wait(stage.parameters.verification.appealWindow);
            await tick(stage, cast, jobId);
        });
    },
    'found wrong by five jurors, and another job taken back (what is burnt is not a fee)': async (
        name,
        stage,
    ) => {
        const cast = await castOf(stage, 6);
        return measured(name, stage, async () => {
            const other = await commitFromDeposit(stage, cast);
            const jobId = await commitFromDeposit(stage, cast);
            await accept(stage, cast, jobId);
            await check(stage, cast, jobId, 'wrong');
            await convict(stage, cast, jobId);
            const taken = { jobId: other, client: cast.client.contract.address, index: 0 };
            const sender = stage.sender(cast.client);
            await cast.provider.stake.sendReportConviction(sender, toNano('0.05'), taken);
        });
    },
    'conceded (what is burnt is not a fee)': async (name, stage) => {
        const cast = await castOf(stage, 1);
        return measured(name, stage, async () => {
            const jobId = await commitFromDeposit(stage, cast);
            await accept(stage, cast, jobId);
            await check(stage, cast, jobId, 'wrong');
            await stage.act(cast.provider, cast.client, { kind: 'concede', jobId });
        });
    },
    'a pass that is disputed, and no jury comes (what is burnt is not a fee)': async (
        name,
        stage,
    ) => {
        const cast = await castOf(stage, 1);
        return measured(name, stage, async () => {
            const jobId = await commitFromDeposit(stage, cast);
            stage.wait(stage.parameters.acceptWindow);
            await tick(stage, cast, jobId);
            await check(stage, cast, jobId, 'right');
            await dispute(stage, cast, jobId);
            await seedJury(stage, cast, jobId);
            stage.wait(stage.parameters.verification.juryClaimWindow);
            await tick(stage, cast, jobId);
        });
    },
    'leaving a deposit and a posting key': async (name, stage) => {
        const cast = await castOf(stage, 0);
        return measured(name, stage, () => deposit(stage, cast));
    },
    'posted from a deposit, and no bid': async (name, stage) => {
        const cast = await castOf(stage, 0);
        return measured(name, stage, async () => {
            const jobId = await postFromDeposit(stage, cast);
            stage.wait(60);
            await tick(stage, cast, jobId);
        });
    },
};
