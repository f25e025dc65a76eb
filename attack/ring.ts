import { type Address, type OpenedContract, toNano } from '@ton/core';
import {
    announceJob,
    type Chain,
    type PreparedJob,
    pushBlob,
    randomSeed,
    readJobHistory,
} from '../sdk';
import type { Wallet } from '../sdk/node';
import type { VerifierOptions } from '../verifier';
import {
    drawnLeaf,
    drawOf,
    type JobOutcome,
    type JobView,
    providerSeed,
    type Stake,
    ticketOf,
} from '../wrappers';
import { Arena, type ArenaOptions, type PostOptions } from './arena/arena';
import type { ArenaVerifier } from './arena/arena-verifier';
import type {
    AnswerOf,
    ScriptedProvider,
    ScriptedProviderOptions,
} from './arena/scripted-provider';
import { type PostedJob, PRICE } from './arena/scene';
import { Books, type Party } from './books';

/** Verifiers that are enough for a check, a jury of five, and somebody who is not drawn. */
const HONEST_VERIFIERS = 7;

export interface RingOptions extends ArenaOptions {
    readonly verifiers?: number;
}

/** The real node of an honest operator. */
export interface RealProvider {
    readonly wallet: Wallet;
    readonly stake: OpenedContract<Stake>;
    /** Where its Stake says that it is. */
    readonly url: string;
    /** What it asks for an item, nanoGRAM. */
    readonly price: bigint;
    /** Takes the spec of a job, and blobs of it, as from clients without a server. */
    take(job: PreparedJob, blobs: readonly Uint8Array[]): Promise<void>;
}

/** What a draw decides. */
export interface Draw {
    readonly draw: bigint;
    readonly leaf: number;
}

/** A wallet with its Escrow already there, in the books of a play. */
export interface RingClient {
    readonly wallet: Wallet;
    readonly party: Party;
}

/** A node that verifies for an attacker, in the books of a play. */
export interface RingVerifier {
    readonly node: ArenaVerifier;
    readonly party: Party;
}

/** A scripted provider in the books of a play. */
export interface RingProvider {
    readonly node: ScriptedProvider;
    readonly party: Party;
}

/**
 * Where attacks are played: an arena with an honest client and honest nodes that verify, and the
 * books of the play under way.
 */
export class Ring {
    books!: Books;
    client!: Party;
    readonly #honest: ArenaVerifier[] = [];
    readonly #guests: ArenaVerifier[] = [];
    #named = 0;

    private constructor(readonly arena: Arena) {}

    static async create({ verifiers = HONEST_VERIFIERS, ...options }: RingOptions): Promise<Ring> {
        const arena = await Arena.create(options);
        const ring = new Ring(arena);
        try {
            for (let n = 0; n < verifiers; n++) {
                const verifier = await arena.verifier(`verifier-${n}`, {
                    maxBondsNano: toNano('9'),
                });
                // Enough for the bonds of all plays.
                await arena.grant(verifier.stake, '20');
                ring.#honest.push(verifier);
            }
            await ring.#openEscrow(arena.client);
        } catch (error) {
            await arena.stop();
            throw error;
        }
        return ring;
    }

    stop(): Promise<void> {
        return this.arena.stop();
    }

    /** Nodes that verify and keep the rules. */
    get verifiers(): readonly ArenaVerifier[] {
        return this.#honest;
    }

    /** Opens the books of a play; verifiers of an earlier one leave. */
    async begin(): Promise<void> {
        const { arena } = this;
        for (const guest of this.#guests.splice(0)) await arena.dismiss(guest);
        this.books = new Books((account) => arena.balance(account));
        const escrow = arena.escrowOf(arena.client).address;
        this.client = await this.books.open('client', 'client', [arena.client.address, escrow]);
        for (const { name, wallet, stake } of this.#honest) {
            await this.books.open(name, 'verifier', [wallet.address, stake.address]);
        }
    }

    // ------------------------------------------------------------------ parties

    /** A provider by hand, on one side or the other. */
    async provider(
        side: Party['side'] = 'attacker',
        options: Partial<ScriptedProviderOptions> = {},
    ): Promise<RingProvider> {
        const name = this.#name(side);
        const node = await this.arena.scriptedProvider(name, options);
        const accounts = [node.wallet.address, node.stake.address];
        return { node, party: await this.books.open(name, side, accounts) };
    }

    /** A node that verifies for the attacker, with as much at stake as each honest one. */
    async verifier(
        options: (scene: { readonly chain: Chain }) => Partial<VerifierOptions>,
    ): Promise<RingVerifier> {
        const name = this.#name('attacker');
        const node = await this.arena.verifierWithoutNode(name);
        node.keepsRules = false;
        await this.arena.grant(node.stake, '5');
        const accounts = [node.wallet.address, node.stake.address];
        const party = await this.books.open(name, 'attacker', accounts);
        await node.start({ maxBondsNano: toNano('9'), ...options(this.arena) });
        this.#guests.push(node);
        return { node, party };
    }

    /**
     * The real node of an operator, which asks half the usual price for each item.
     *
     * @param front - what its Stake names in place of the node itself
     */
    async realProvider(front?: (url: string) => Promise<string>): Promise<RealProvider> {
        const name = this.#name('provider');
        const { provider, wallet, stake, url } = await this.arena.realProvider(name, {}, front);
        const take = async (job: PreparedJob, blobs: readonly Uint8Array[]) => {
            await announceJob({ job, endpoints: [provider.url] });
            for (const blob of blobs) {
                await pushBlob(blob, `${provider.url}/blobs`);
            }
        };
        return { wallet, stake, url, take, price: PRICE / 2n };
    }

    /** A client with its own wallet, its Escrow opened before the books were. */
    async newClient(side: Party['side'] = 'attacker'): Promise<RingClient> {
        const wallet = await this.arena.fund('50');
        await this.#openEscrow(wallet);
        const accounts = [wallet.address, this.arena.escrowOf(wallet).address];
        return { wallet, party: await this.books.open(this.#name(side), side, accounts) };
    }

    /** Further accounts of an attacker. */
    attacker(accounts: readonly Address[]): Promise<Party> {
        return this.books.open(this.#name('attacker'), 'attacker', accounts);
    }

    // ------------------------------------------------------------------ jobs

    /** A job of the identity model from the honest client, sold to a provider that answers so. */
    async sold(
        { node }: RingProvider,
        answerOf?: AnswerOf,
        { values = [1], ...options }: PostOptions & { readonly values?: readonly number[] } = {},
    ): Promise<PostedJob> {
        const posted = await this.arena.post(this.arena.job(values), options);
        await node.deliver(posted, answerOf);
        return posted;
    }

    /**
     * The same with the luck that is asked for: the client's secret is one that makes the draw a
     * wanted one. Nobody in the market can do that; the attack suite plays chance itself.
     */
    async soldWhen(
        provider: RingProvider,
        wanted: (draw: Draw) => boolean,
        answerOf?: AnswerOf,
        { values = [1], ...options }: PostOptions & { readonly values?: readonly number[] } = {},
    ): Promise<PostedJob> {
        const { arena } = this;
        const client = options.client ?? arena.client;
        const escrow = arena.escrowOf(client);
        const jobId = Number((await escrow.getEscrow()).nextJob);
        const job = arena.job(values);
        const foreseen = { escrow, jobId, job, client, seed: 0n };
        const { root } = await provider.node.prepare(foreseen, answerOf);
        const rest = { root, providerSeed: providerSeed(provider.node.key(foreseen)), jobId };
        for (;;) {
            const seed = randomSeed();
            const draw = drawOf({ clientSeed: seed, ...rest, escrow: escrow.address });
            if (!wanted({ draw, leaf: drawnLeaf(draw, values.length) })) continue;
            const posted = await arena.post(job, { ...options, seed });
            await provider.node.deliver(posted, answerOf);
            return posted;
        }
    }

    /** Whether one of these holds the lowest ticket for the check of a draw; all weigh the same. */
    leads(draw: bigint, some: readonly ArenaVerifier[]): boolean {
        const weight = toNano('10');
        const lowest = (nodes: readonly ArenaVerifier[]) =>
            nodes
                .map(({ stake }) => ticketOf(draw, 0, stake.address, weight))
                .reduce((least, ticket) => (ticket < least ? ticket : least));
        const others = [...this.#honest, ...this.#guests].filter((one) => !some.includes(one));
        return lowest(some) < lowest(others);
    }

    /**
     * Runs a job to its end: honest nodes act, and time passes.
     *
     * @returns how it ended
     */
    async finish(posted: PostedJob): Promise<JobOutcome> {
        await this.arena.runTo(posted, 'over');
        return this.outcome(posted);
    }

    /**
     * The client accepts; where the draw or the rules bring a check, the provider opens, and honest
     * nodes do the rest.
     *
     * @param openingOf - what the provider opens a sketch of, where not of what it delivered
     * @returns how the job ended, and who had a part in that
     */
    async settle(
        { node }: RingProvider,
        posted: PostedJob,
        openingOf?: Parameters<ScriptedProvider['open']>[1],
    ): Promise<string> {
        await this.arena.accept(posted);
        if ((await this.arena.look(posted)) !== undefined) {
            await this.runTo(posted, 'checking/open');
            await node.open(posted, openingOf);
            await this.finish(posted);
        }
        return this.story(posted);
    }

    /** The job once it is there; its end is none. */
    async runTo(posted: PostedJob, wanted: string): Promise<JobView> {
        const job = await this.arena.runTo(posted, wanted);
        if (job === undefined) {
            throw new Error(`The job ended ${await this.outcome(posted)} before ${wanted}.`);
        }
        return job;
    }

    async outcome({ escrow, jobId }: PostedJob): Promise<JobOutcome> {
        const { chain } = this.arena;
        const history = await readJobHistory({ chain, escrow: escrow.address, jobId });
        if (history.closing === undefined) throw new Error(`Job ${jobId} has not ended.`);
        return history.closing.outcome;
    }

    /** How a job ended, and who had a part in that. */
    async story(posted: PostedJob): Promise<string> {
        const outcome = await this.outcome(posted);
        const said = (role: 'verifier' | 'juror') =>
            this.arena.verifiers.flatMap(({ events }) =>
                events.flatMap((event) =>
                    event.kind === 'revealed' &&
                    event.duty.role === role &&
                    event.jobId === posted.jobId &&
                    event.escrow.equals(posted.escrow.address)
                        ? [event.verdict]
                        : [],
                ),
            );
        const [verifier] = said('verifier');
        const jurors = said('juror').length;
        const parts = [
            ...(verifier === undefined ? [] : [`verifier (${verifier})`]),
            ...(jurors === 0 ? [] : [`jury of ${jurors}`]),
        ];
        return parts.length === 0 ? outcome : `${outcome}: ${parts.join(', ')}`;
    }

    #name(side: Party['side']): string {
        this.#named += 1;
        return `${side} ${this.#named}`;
    }

    /** A first job, cancelled at once, brings an Escrow. */
    async #openEscrow(client: Wallet): Promise<void> {
        const { arena } = this;
        const posted = await arena.post(arena.job([0]), { client });
        const { close } = await arena.market.getCosts();
        await posted.escrow.sendCancel(client, close, posted.jobId);
        await arena.over(posted);
    }
}
