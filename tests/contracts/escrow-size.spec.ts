import {
    type Address,
    beginCell,
    type Cell,
    type ShardAccount,
    storeAccountStorage,
    toNano,
} from '@ton/core';
import type { SendMessageResult } from '@ton/sandbox';
import * as abi from '../../build/Escrow/Escrow_Escrow';
import { encodeTerms } from '../../wrappers';
import { createScene, type Scene, transactionOf } from './escrow-scenes';
import { plantJobs } from './escrow-states';

/** Constants are at most this much above the largest real size. */
const SLACK = 1.1;

interface Size {
    readonly cells: number;
    readonly bits: number;
}

/** A rule for comparison as large as one cell. */
const RULE = beginCell().storeUint(0n, 256).storeUint(1n, 767).endCell();

describe('Sizes that costs are computed from', () => {
    let scene: Scene;

    beforeAll(async () => {
        scene = await createScene();
    });
    beforeEach(() => scene.restore());
    afterEach(() => scene.audit());

    /** Different cells under a root, which messages are not charged for, and their bits. */
    function sizeUnder(root: Cell): Size {
        const seen = new Map<string, number>();
        const visit = (cell: Cell): void => {
            seen.set(cell.hash().toString('hex'), cell.bits.length);
            cell.refs.forEach(visit);
        };
        root.refs.forEach(visit);
        return { cells: seen.size, bits: [...seen.values()].reduce((sum, bits) => sum + bits, 0) };
    }

    /** The message as it was delivered: a transaction's first reference begins with it. */
    function delivered(result: SendMessageResult, account: Address): Size {
        const message = transactionOf(result, account).raw.refs[0]?.refs[0];
        if (message === undefined) throw new Error('The transaction has no message.');
        return sizeUnder(message);
    }

    function expectBound(real: Size, cells: bigint, bits: bigint): void {
        if (process.env['GAS_REPORT']) process.stderr.write(`${JSON.stringify(real)}\n`);
        expect(real.cells).toBeLessThanOrEqual(Number(cells));
        expect(real.bits).toBeLessThanOrEqual(Number(bits));
        expect(Number(cells)).toBeLessThanOrEqual(Math.ceil(real.cells * SLACK));
        expect(Number(bits)).toBeLessThanOrEqual(real.bits * SLACK);
    }

    it('a Posted with new parameters and a rule has PostedCells and PostedBits', async () => {
        await scene.world.post(scene.client);
        const start = scene.world.chain.snapshot();
        const result = await scene.world.market.sendPost(
            scene.client.wallet.getSender(),
            toNano('3'),
            {
                index: 0,
                jobId: 1,
                ceiling: toNano('1'),
                assurance: toNano('1.5'),
                open: false,
                parametersTag: 0n,
                terms: scene.world.terms(1, { rule: RULE }),
            },
        );
        const posted = delivered(result, scene.client.escrow.address);
        expectBound(posted, abi.PostedCells, abi.PostedBits);
        await scene.world.chain.loadFrom(start);
    });

    it('a Posted that opens an Escrow has EscrowInitCells and -Bits more', async () => {
        const result = await scene.world.post(scene.client, { terms: { rule: RULE } });
        const opening = delivered(result, scene.client.escrow.address);
        expectBound(
            { cells: opening.cells, bits: opening.bits },
            abi.EscrowInitCells + abi.PostedCells,
            abi.EscrowInitBits + abi.PostedBits,
        );
    });

    it('a bid has ActionCells and -Bits to the Stake, BidCells and -Bits from there', async () => {
        const [provider] = scene.providers;
        await scene.world.post(scene.client);
        const result = await scene.world.bid(provider, scene.client, { price: toNano('0.5') });
        expectBound(delivered(result, scene.client.escrow.address), abi.BidCells, abi.BidBits);
        const action = delivered(result, provider.stake.address);
        expectBound(action, abi.ActionCells, abi.ActionBits);
    });

    it('the largest Escrow, 64 committed jobs with a rule each, has EscrowCells and -Bits', async () => {
        const { world, client } = scene;
        await world.post(client);
        await world.bid(scene.providers[0], client, { price: toNano('0.5') });
        world.wait(2);
        await world.commit(scene.providers[0], client);
        await plantJobs(world, client, [...Array(64).keys()], 0, (entry, id) => {
            const rule = beginCell().storeUint(id, 256).storeUint(1n, 767).endCell();
            const [, parameters] = entry.refs;
            if (parameters === undefined) throw new Error('The entry has no parameters.');
            return beginCell()
                .storeBits(entry.bits)
                .storeRef(encodeTerms(world.terms(id, { rule })))
                .storeRef(parameters)
                .endCell();
        });
        scene.open();
        await client.wallet.send({ to: client.escrow.address, value: toNano('1') });
        const { account } = await world.chain.getContract(client.escrow.address);
        const size = accountSize(account);
        expectBound(size, abi.EscrowCells, abi.EscrowBits);
    });

    it('are counted as the network counts them', async () => {
        await scene.world.post(scene.client);
        const { account } = await scene.world.chain.getContract(scene.client.escrow.address);
        const used = account.account?.storageStats.used;
        expect(accountSize(account)).toEqual({
            cells: Number(used?.cells),
            bits: Number(used?.bits),
        });
    });

    /** An account's cells: the root of its storage, its code and its data. */
    function accountSize(account: ShardAccount): Size {
        if (!account.account) throw new Error('There is no account.');
        const root = beginCell().store(storeAccountStorage(account.account.storage)).endCell();
        const under = sizeUnder(root);
        return { cells: under.cells + 1, bits: under.bits + root.bits.length };
    }
});
