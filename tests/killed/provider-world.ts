import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Transaction } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { loadCommit, loadOpen } from '../../build/Escrow/Escrow_Escrow';
import { ARENA_PARAMETERS } from '../../attack/arena/scene';
import { openStake, type StageOptions } from '../../cli/demo/stage';
import type { ProviderStatus } from '../../provider';
import { type JobTicket, transactionsAfter } from '../../sdk';
import { readEscrowNote, Stake, withoutChecks } from '../../wrappers';
import { PRICE, World } from '../provider/world';
import { FaultyEndpoint } from '../sdk/faulty-endpoint';
import { KillableNode } from './killable-node';
import { rootIn, sentMessages } from './sent-messages';

/** Windows that outlast the start of a node on a busy machine; nothing is drawn. */
const PARAMETERS = withoutChecks(ARENA_PARAMETERS);

/** A market with a node in a process of its own, whose messages all pass by. */
export class KilledProvider {
    private constructor(
        readonly world: World,
        readonly node: KillableNode,
        readonly endpoint: FaultyEndpoint,
        readonly stake: Stake,
    ) {}

    static async create(options: Partial<StageOptions> = {}): Promise<KilledProvider> {
        const world = await World.create({ operators: [], parameters: PARAMETERS, ...options });
        const { market, deployment, devnet, blobServer } = world.stage;
        const endpoint = await FaultyEndpoint.before(devnet.endpoint);
        const operator = await world.stage.fund('20');
        const keys = keyPairFromSeed(randomBytes(32));
        const stake = Stake.ofOperator(deployment, operator.address);
        const node = new KillableNode({
            role: 'provider',
            endpoints: [endpoint.url],
            pollMs: 20,
            market: market.address.toString(),
            stake: stake.address.toString(),
            nodeKey: keys.secretKey.toString('hex'),
            secret: randomBytes(32).toString('hex'),
            folder: join(world.folder, 'killed'),
            port: 0,
            nanoPerItem: PRICE.toString(),
            specSources: [`${blobServer.url}/blobs`],
        });
        world.endings.push(
            () => endpoint.stop(),
            () => node.stop(),
        );
        await node.start();
        await openStake(market, operator, keys.publicKey, node.url);
        return new KilledProvider(world, node, endpoint, stake);
    }

    stop(): Promise<void> {
        return this.world.stop();
    }

    /** Roots that the node has signed for a job, as they were sent. */
    rootsSent(jobId: number): bigint[] {
        const commits = sentMessages(this.endpoint.calls, loadCommit);
        return commits
            .filter((one) => Number(one.jobId) === jobId)
            .map(({ result }) => rootIn(result));
    }

    /** Hashes of the sketches that the node has opened for a job, as they were sent. */
    sketchesSent(jobId: number): string[] {
        const openings = sentMessages(this.endpoint.calls, loadOpen);
        return openings
            .filter((one) => Number(one.jobId) === jobId)
            .map(({ sketch }) => sketch.hash().toString('hex'));
    }

    async history({ escrow, since }: JobTicket): Promise<Transaction[]> {
        const { chain } = this.world.stage;
        const { last } = await chain.account(escrow);
        return last === undefined ? [] : transactionsAfter(chain, escrow, since, last);
    }

    /** Commits to a job that its Escrow has taken. */
    async commits(ticket: JobTicket): Promise<number> {
        const notes = (await this.history(ticket)).map(readEscrowNote);
        return notes.filter((note) => note?.kind === 'commit' && note.jobId === ticket.jobId)
            .length;
    }

    async status(): Promise<StatusText> {
        const url = this.node.last('ready')?.adminUrl ?? '';
        return (await (await fetch(`${url}/status`)).json()) as StatusText;
    }
}

/** Amounts as decimal text. */
export interface StatusText {
    readonly recent: readonly {
        readonly jobId: number;
        readonly outcome: string;
        readonly earned?: string;
    }[];
    readonly totals: {
        readonly earned: string;
        readonly outcomes: Readonly<Record<string, number>>;
    };
    readonly ready: boolean;
    readonly reasons: ProviderStatus['reasons'];
}
