import { toNano } from '@ton/core';
import type { FeeTable } from '../devnet';
import { Stage, type Step } from './stage';

/** What the whole life of something took, all parties and their wallets together. */
export interface Life {
    readonly name: string;
    readonly steps: readonly Step[];
    /** What all balances together lost, in nanoGRAM. */
    readonly fees: bigint;
}

/** Runs each life on a fresh chain with the given prices. */
export async function runLives(fees: FeeTable): Promise<Life[]> {
    const lives: Life[] = [];
    for (const [name, run] of Object.entries(scripts)) {
        const stage = await Stage.create(fees);
        lives.push(await run(name, stage));
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

/** A market where every contract is there already and one job has been done. */
async function settled(stage: Stage) {
    const client = await stage.wallet('client');
    const first = await stage.operator('first');
    const escrow = await stage.escrow(client);
    const done = await stage.post(client, escrow);
    await stage.bid(first, client, escrow, done, toNano('0.05'));
    await stage.commit(first, client, done);
    await stage.record(escrow.sendAccept({ jobId: done, seed: BigInt(done) }));
    // Long enough for the lock of that job to have ended.
    stage.wait(3600);
    return { client, first, escrow };
}

function oneJob(items: number): Script {
    return async (name, stage) => {
        const { client, first, escrow } = await settled(stage);
        return measured(name, stage, async () => {
            const id = await stage.post(client, escrow, { items });
            await stage.bid(first, client, escrow, id, toNano('0.05'));
            await stage.commit(first, client, id);
            await stage.record(escrow.sendAccept({ jobId: id, seed: BigInt(id) }));
        });
    };
}

const scripts: Record<string, Script> = {
    'one item, one bid, accepted': oneJob(1),
    'a thousand items, one bid, accepted': oneJob(1000),
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
            await stage.commit(third, client, id);
            await stage.record(escrow.sendAccept({ jobId: id, seed: BigInt(id) }));
        });
    },
    'silent client': async (name, stage) => {
        const { client, first, escrow } = await settled(stage);
        return measured(name, stage, async () => {
            const id = await stage.post(client, escrow);
            await stage.bid(first, client, escrow, id, toNano('0.05'));
            await stage.commit(first, client, id);
            stage.wait(60);
            await stage.record(escrow.sendTick(id));
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
            await stage.commit(second, client, id);
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
};
