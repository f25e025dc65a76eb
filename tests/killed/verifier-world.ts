import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keyPairFromSeed } from '@ton/crypto';
import { loadJointReveal, loadReveal, loadSeal } from '../../build/Escrow/Escrow_Escrow';
import { openStake } from '../../cli/demo/stage';
import { historyBackwards } from '../../sdk/account-history';
import { exitCodeOf, readEscrowNote, Stake } from '../../wrappers';
import { FaultyEndpoint } from '../sdk/faulty-endpoint';
import { type PostedJob, World } from '../verifier/world';
import { KillableNode, type KillOrder } from './killable-node';
import { sentMessages } from './sent-messages';

/** What became of a check whose verifier was killed. */
export interface KilledCheck {
    readonly outcome: 'over';
    /** Claims that the Escrow took. */
    readonly claims: number;
    /** Seals that differ, given or posted, and reveals. */
    readonly sealed: number;
    readonly revealed: number;
    /** What the node's books have got since: claims, checks, pay and what was lost. */
    readonly booked: string;
    readonly failures: readonly string[];
}

/** A market with a provider by hand, and a verifier in a process of its own. */
export class KilledVerifier {
    private constructor(
        readonly world: World,
        readonly node: KillableNode,
        readonly endpoint: FaultyEndpoint,
        readonly stake: Stake,
    ) {}

    /** @param prepare - is given the folder of the node's state before it starts */
    static async create(
        prepare: (stateFolder: string) => void = () => undefined,
    ): Promise<KilledVerifier> {
        const world = await World.create();
        const endpoint = await FaultyEndpoint.before(world.devnet.endpoint);
        const operator = await world.fund('60');
        const keys = keyPairFromSeed(randomBytes(32));
        const stake = Stake.ofOperator(world.deployment, operator.address);
        await openStake(world.market, operator, keys.publicKey, 'http://127.0.0.1:1');
        await world.grant(stake, '20');
        const folder = join(world.folder, 'killed');
        const stateFolder = join(folder, 'state');
        mkdirSync(stateFolder, { recursive: true });
        prepare(stateFolder);
        const node = new KillableNode({
            role: 'verifier',
            minFreeBytes: 0,
            endpoints: [endpoint.url],
            pollMs: 20,
            market: world.market.address.toString(),
            stake: stake.address.toString(),
            nodeKey: keys.secretKey.toString('hex'),
            secret: randomBytes(32).toString('hex'),
            folder,
            port: 0,
            nanoPerItem: '1',
            specSources: [],
        });
        world.endings.push(() => endpoint.stop());
        await node.start();
        return new KilledVerifier(world, node, endpoint, stake);
    }

    async stop(): Promise<void> {
        await this.node.stop();
        await this.world.stop();
    }

    /** A check from the posting to the reveal, with a verifier that dies as it is told. */
    async check(
        order: KillOrder | undefined,
        prepare = () => undefined as void,
    ): Promise<KilledCheck> {
        const { world, node, endpoint, stake } = this;
        await node.started();
        const before = await this.totals();
        await node.order(order ?? { when: 'before' });
        prepare();
        const posted = await world.post(world.job([node.reports.length % 1000]));
        const { jobId, escrow } = posted;
        await world.provider.deliver(posted);
        await world.accept(posted);
        await node.until(async () => {
            const job = await world.look(posted);
            return job?.state === 'checking' && job.verifier?.stake.equals(stake.address) === true;
        });
        await world.pass(posted);
        if (world.provider.answersSeals) await node.until(() => this.isOpenOrOver(posted));
        if ((await world.look(posted)) !== undefined) await world.provider.open(posted);
        await world.over(posted);
        await node.until(() => node.events(jobId).includes('closed'));
        await node.started();
        const booked = async () => {
            const after = await this.totals();
            const sums = (['claims', 'verified', 'earned', 'lost'] as const).map(
                (key) => BigInt(after[key]) - BigInt(before[key]),
            );
            return [...sums, after.atStake].join(' ');
        };
        const seals = sentMessages(endpoint.calls, loadSeal).filter(
            (one) => Number(one.jobId) === jobId,
        );
        const reveals = sentMessages(endpoint.calls, loadReveal).filter(
            (one) => Number(one.jobId) === jobId,
        );
        const joint = sentMessages(endpoint.calls, loadJointReveal).filter(
            (one) => Number(one.jobId) === jobId,
        );
        const name = `${escrow.address.toRawString()} ${jobId}`;
        const given = world.provider.givenSeals.filter((one) => one.name === name);
        const claims = (await historyBackwards(world.chain, escrow.address, 40)).filter((one) => {
            const note = readEscrowNote(one);
            return note?.kind === 'claim' && note.jobId === jobId && exitCodeOf(one) === 0;
        });
        return {
            outcome: 'over',
            claims: claims.length,
            sealed: new Set([
                ...seals.map(({ seal }) => seal.beginParse().preloadUintBig(256)),
                ...given.map(({ seal }) => seal),
            ]).size,
            revealed: new Set([
                ...reveals.map((one) => `${one.kind} ${one.sketch.hash().toString('hex')}`),
                ...joint.map((one) => `0 ${one.sketch.hash().toString('hex')}`),
            ]).size,
            booked: await booked(),
            failures: node.events(jobId).filter((kind) => kind === 'failed' || kind === 'lost'),
        };
    }

    private async isOpenOrOver(posted: PostedJob): Promise<boolean> {
        const job = await this.world.look(posted);
        return job === undefined || (job.state === 'checking' && job.phase === 'open');
    }

    /** What the node's books say, now. */
    async totals() {
        const count = this.node.count('totals');
        await this.node.until(() => this.node.count('totals') > count + 1);
        const totals = this.node.last('totals');
        if (totals === undefined) throw new Error('The verifier told no totals.');
        return totals;
    }
}
