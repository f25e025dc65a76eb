import type { Address } from '@ton/core';
import type { Logger } from 'pino';
import type { Governor, JobName, Pricing } from '../provider';
import { confirmJob, type OnDisagree } from '../provider/cross-check';
import type { ActionTarget, NodeActions, SendOptions } from '../provider/node-actions';
import type { Costs } from '../provider/state';
import { jobKey } from '../provider';
import type { Chain, Fetch } from '../sdk';
import { findEndpoints } from '../sdk';
import type { JobView, NodeAction } from '../wrappers';
import { accountId, verifierSeal } from '../wrappers';
import type { VerifierEvent, VerifierNews } from './events';
import type { ExecuteItem } from './execute-item';
import { CheckMaterials, type CheckMaterialsOptions } from './materials';
import type { ClaimName, ClaimSecrets } from './secrets';
import type { CheckRecord, ClaimRecord, Duty, VerifierState } from './state';
import type { MarketCosts } from './worth';

/** The parts of a verifier that its runs share. */
export interface CheckParts extends Omit<CheckMaterialsOptions, 'signal'> {
    readonly chain: Chain;
    readonly stake: Address;
    readonly actions: NodeActions;
    /** As @ton/crypto holds it: keys of sealed jobs are sealed for it. */
    readonly nodeKey: Uint8Array;
    readonly secrets: ClaimSecrets;
    readonly state: VerifierState;
    readonly costs: Costs;
    readonly execute: ExecuteItem;
    readonly pricing: Pricing;
    readonly riskBasisPoints: number;
    readonly maxBonds: bigint;
    /** Over which part of their window claims are spread. */
    readonly claimSpread: number;
    readonly marketCosts: (signal: AbortSignal) => Promise<MarketCosts>;
    /** Whether parameters are, or were, in force on the Market. */
    readonly knowsParameters: (tag: bigint, signal: AbortSignal) => Promise<boolean>;
    /** @throws AbstainError `no-room` where the disk has less left than the node wants */
    readonly checkDisk: () => Promise<void>;
    readonly fetch: Fetch;
    /** Whether that reaches nodes that have a key and no URL. */
    readonly reachesPeers: boolean;
    /** Whether the owner lets the node take checks now; it always does without. */
    readonly governor?: Pick<Governor, 'suspensions'> | undefined;
    readonly logger: Logger;
    readonly now: () => number;
    /** 0 to 1. */
    readonly random: () => number;
    readonly tell: (event: VerifierEvent) => void;
    readonly onDisagree: OnDisagree;
}

/** Which job is followed. */
export interface CheckTarget extends JobName, ActionTarget {
    /** UNIX time of the chain in seconds. */
    readonly listedAt: number;
    readonly parametersTag: bigint;
}

/** What all steps of a check share: what is known of it, and how the node speaks about it. */
export class CheckContext {
    readonly key: string;
    readonly materials: CheckMaterials;
    /** Keys of items of a sealed job, by index, once the provider has given them; on no disk. */
    readonly itemKeys = new Map<number, Uint8Array>();
    readonly #accounts: Promise<void>[] = [];

    constructor(
        readonly parts: CheckParts,
        readonly target: CheckTarget,
        readonly signal: AbortSignal,
    ) {
        this.key = jobKey(target.escrow, target.jobId);
        this.materials = new CheckMaterials({ ...parts, signal });
    }

    /** What the state holds of the job, or a new record. */
    get record(): CheckRecord {
        const { escrow, client, index, jobId, listedAt, parametersTag } = this.target;
        return (
            this.parts.state.checks.get(escrow, jobId) ?? {
                ...{ escrow, client, index, jobId, listedAt, parametersTag },
                seenAt: this.parts.now(),
                claims: [],
                news: [],
            }
        );
    }

    /** Writes down what is new; it is on disk when this returns. */
    note(facts: Partial<CheckRecord>): void {
        this.parts.state.checks.put({ ...this.record, ...facts });
    }

    claimOf({ role, turn }: Duty): ClaimRecord | undefined {
        return this.record.claims.find((claim) => claim.role === role && claim.turn === turn);
    }

    /** Writes down what is new about a claim; it is on disk when this returns. */
    noteClaim({ role, turn }: Duty, facts: Partial<ClaimRecord>): void {
        const { record } = this;
        const before = this.claimOf({ role, turn });
        const fresh = { role, turn, step: 'claiming', sent: 0, bond: 0n, fee: 0n, ticket: 0n };
        const after = { attempts: [], ...fresh, ...before, ...facts } as ClaimRecord;
        const others = record.claims.filter((c) => c.role !== role || c.turn !== turn);
        this.parts.state.checks.put({ ...record, claims: [...others, after] });
    }

    /**
     * Has a second endpoint say the same of the job, as far as `facts` tell; see `confirmJob`.
     *
     * @param until - undefined for a step that is only to gain
     */
    async confirm<J extends JobView>(
        job: J,
        facts: (job: JobView | undefined) => string,
        until?: number,
    ): Promise<void> {
        const { chain, onDisagree } = this.parts;
        const { target, signal } = this;
        await confirmJob({ ...target, chain, job, facts, until, onDisagree, signal });
    }

    claimName(duty: Duty): ClaimName {
        const { escrow, jobId } = this.target;
        return { escrow, jobId, duty };
    }

    /** The account of this node's Stake, as seals hold it. */
    get stakeId(): bigint {
        return accountId(this.parts.stake);
    }

    /** The seal of a verifier's finding. */
    verifierSeal(duty: Duty, sketch: Parameters<typeof verifierSeal>[0]): bigint {
        const { secrets } = this.parts;
        const name = this.claimName(duty);
        const { publicKey } = secrets.key(name);
        const key = BigInt(`0x${publicKey.toString('hex')}`);
        return verifierSeal(sketch, secrets.salt(name), this.stakeId, key);
    }

    /** Where the provider's Stake says that its node is. */
    async endpointOf(stake: Address): Promise<string | undefined> {
        const { chain } = this.parts;
        const [endpoint] = await findEndpoints({ chain, stakes: [stake], signal: this.signal });
        return endpoint;
    }

    /** Has the Stake say something to the Escrow; throws as `NodeActions.send`. */
    async act(action: NodeAction, recheck?: SendOptions['recheck']): Promise<void> {
        const { client, index, escrow } = this.target;
        const call = { signal: this.signal };
        const target = { client, index, escrow };
        const sent = await this.parts.actions.send(target, action, { ...call, recheck });
        const account = sent.spent(call).then((nano) => {
            if (nano === undefined) return;
            const bond = action.kind === 'claim' ? action.bond : 0n;
            this.tell({ kind: 'spent', nano: nano - bond });
        });
        // What it cost is for the books alone.
        this.#accounts.push(account.catch(() => undefined));
    }

    /** Resolves when all that was spent is in the books. */
    async settle(): Promise<void> {
        await Promise.all(this.#accounts);
    }

    tell(news: VerifierNews): void {
        const { escrow, jobId } = this.target;
        this.parts.tell({ escrow, jobId, ...news });
    }
}
