import { type Address, toNano, type Transaction } from '@ton/core';
import type { AccountSnapshot, Chain, TransactionPage } from '../../sdk';
import { Escrow } from '../../wrappers';
import { UNDRAWN_PARAMETERS, World } from '../contracts/world';
import { SandboxChain } from './sandbox-chain';

/**
 * A market of many jobs in little time: one client has `each` jobs computed by real contracts, others
 * post one each, and the chain shows of each of those the whole history of the first. All that an
 * index does with it is what it does with any history.
 */
export class ManyJobs implements Chain {
    readonly pollMs = 1_000;
    private readonly copies = new Map<string, Address>();
    private readonly chain: SandboxChain;

    private constructor(
        readonly world: World,
        private readonly original: Address,
    ) {
        this.chain = new SandboxChain(world.chain);
    }

    static async create(clients: number, each: number): Promise<ManyJobs> {
        const world = await World.create({ parameters: UNDRAWN_PARAMETERS });
        const first = await world.client('first');
        const providers = [
            await world.provider('one', { operating: toNano('50') }),
            await world.provider('two', { operating: toNano('50') }),
        ] as const;
        for (let jobId = 0; jobId < each; jobId++) {
            const price = toNano('0.001') * BigInt(1 + (jobId % 7));
            const items = 1 + (jobId % 50);
            const model = (0xfeedn << 240n) + BigInt(jobId % 5);
            await world.post(first, { jobId, ceiling: 2n * price, terms: { items, model } });
            await world.bid(providers[0], first, { jobId, price: 2n * price });
            await world.bid(providers[1], first, { jobId, price });
            world.wait(2);
            await world.commit(providers[1], first, { jobId });
            await world.accept(first, { jobId });
            // Spread over a month.
            world.wait(Math.floor((30 * 86_400) / each));
        }
        const many = new ManyJobs(world, first.escrow.address);
        for (let at = 1; at < clients; at++) {
            const client = await world.client(`client ${at}`);
            await world.post(client, { ceiling: toNano('0.001') });
            many.copies.set(client.escrow.address.toString(), first.escrow.address);
        }
        return many;
    }

    open: Chain['open'] = (contract) =>
        this.chain.open(
            this.copies.has(contract.address.toString())
                ? (Escrow.fromAddress(this.original) as never)
                : contract,
        );

    account(address: Address): Promise<AccountSnapshot> {
        return this.chain.account(this.real(address));
    }

    transactions(address: Address, page: TransactionPage): Promise<Transaction[]> {
        return this.chain.transactions(this.real(address), page);
    }

    now(): Promise<number> {
        return this.chain.now();
    }

    private real(address: Address): Address {
        return this.copies.get(address.toString()) ?? address;
    }
}
