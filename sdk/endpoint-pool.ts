import { Address } from '@ton/core';
import type { AccountSnapshot, Chain } from './chain';
import type { Endpoint } from './endpoint';
import { isEndpointsFault, mayPass, surelyUnsent } from './endpoint-failure';
import { Member } from './endpoint-member';
import { EndpointBehindError, ExternalRefusedError } from './errors';
import { hedged } from './hedged';
import { retry, type RetryPolicy } from './retry';
import type { Route } from './route';

export interface PoolOptions {
    readonly policy: RetryPolicy;
    readonly pollMs: number;
    /** Milliseconds of a clock that never goes back. */
    readonly now: () => number;
    /** The chain as one endpoint alone tells it. */
    readonly alone: (endpoint: Endpoint) => Chain;
}

/** What was seen, and who has shown it. */
interface Seen<T> {
    readonly value: T;
    readonly by: Member;
}

/** Endpoints are many machines, some of which are a little behind, seconds. */
const BEHIND_SECONDS = 60;
/** Accounts whose newest transaction is remembered. */
const REMEMBERED = 1_000;
const NOBODY = Address.parseRaw(`0:${'00'.repeat(32)}`);

/**
 * The route over several endpoints. It never goes back in time: what was seen of an account
 * through one endpoint, another has to know too before it is asked about that account.
 */
export class EndpointPool implements Route {
    readonly endpoints: readonly Member[];
    readonly #options: PoolOptions;
    /** The newest logical time of accounts, by anybody and by each. */
    readonly #newest = new Map<string, Seen<bigint>>();
    readonly #known = new Map<Member, Map<string, bigint>>();
    /** The newest UNIX time of the chain. */
    #time: Seen<number> | undefined;

    constructor(endpoints: readonly Endpoint[], options: PoolOptions) {
        this.#options = options;
        this.endpoints = endpoints.map(
            (endpoint, place) =>
                new Member(endpoint, options.alone(endpoint), place, options.now, (liar) =>
                    this.#forget(liar),
                ),
        );
    }

    account(address: Address, signal?: AbortSignal): Promise<AccountSnapshot> {
        return this.#ask((member) => this.#look(member, address), signal);
    }

    read<T>(
        address: Address,
        work: (endpoint: Endpoint) => Promise<T>,
        signal?: AbortSignal,
    ): Promise<T> {
        return this.#ask(async (member) => {
            await this.#catchUp(member, address);
            return work(member.endpoint);
        }, signal);
    }

    async one(address: Address): Promise<Endpoint> {
        return this.#ask(async (member) => {
            await this.#look(member, address);
            return member.endpoint;
        });
    }

    /** To all of them: one that holds a message back, or has lost the chain, stops nothing. */
    send(work: (endpoint: Endpoint) => Promise<void>, signal?: AbortSignal): Promise<void> {
        const everywhere = async () => {
            const sent = this.#order().map((member) =>
                this.#timed(member, () => work(member.endpoint)),
            );
            try {
                await Promise.any(sent);
            } catch (error) {
                const { errors } = error as { readonly errors: readonly unknown[] };
                const refused = errors.find((one) => one instanceof ExternalRefusedError);
                throw refused ?? errors.find((one) => !surelyUnsent(one)) ?? errors[0];
            }
        };
        return retry(everywhere, surelyUnsent, this.#options.policy, signal);
    }

    #ask<T>(work: (member: Member) => Promise<T>, signal?: AbortSignal): Promise<T> {
        const round = () => {
            const order = this.#order();
            this.#probe(order);
            return hedged(order, {
                attempt: (member) => this.#timed(member, () => work(member)),
                patienceMs: (member) => member.patienceMs,
                mayDiffer: isEndpointsFault,
                onOutrun: (member, elapsedMs) => member.outrun(elapsedMs),
                now: this.#options.now,
            });
        };
        return retry(round, mayPass, this.#options.policy, signal);
    }

    async #timed<T>(member: Member, work: () => Promise<T>): Promise<T> {
        const { now } = this.#options;
        const startedAt = now();
        try {
            const answer = await work();
            member.answered(now() - startedAt);
            return answer;
        } catch (error) {
            if (isEndpointsFault(error)) member.failed(error);
            else member.answered(now() - startedAt);
            throw error;
        }
    }

    #order(): Member[] {
        const ranked = this.endpoints.map((member) => ({ member, rank: member.rank }));
        ranked.sort(
            (a, b) => a.rank.map((n, at) => n - (b.rank[at] ?? 0)).find((d) => d !== 0) ?? 0,
        );
        return ranked.map(({ member }) => member);
    }

    /** Looks by the way at those that nobody asks, so that they can come back. */
    #probe([, ...others]: readonly Member[]): void {
        for (const member of others) {
            if (!member.isDue) continue;
            member.probing = true;
            void this.#timed(member, () => this.#look(member, NOBODY))
                .catch(() => undefined)
                .finally(() => (member.probing = false));
        }
    }

    async #catchUp(member: Member, address: Address): Promise<void> {
        const key = address.toRawString();
        const newest = this.#newest.get(key)?.value ?? 0n;
        if ((this.#known.get(member)?.get(key) ?? 0n) >= newest) return;
        await this.#look(member, address);
    }

    /** @throws EndpointBehindError */
    async #look(member: Member, address: Address): Promise<AccountSnapshot> {
        const account = await member.endpoint.account(address);
        const { chainTime } = account;
        const key = address.toRawString();
        const lt = account.last?.lt ?? 0n;
        const newest = this.#newest.get(key)?.value ?? 0n;
        const behind = (this.#time?.value ?? 0) - chainTime;
        member.told(behind);
        if (behind > BEHIND_SECONDS) {
            throw new EndpointBehindError(member.name, `its time is ${behind} s old`);
        }
        if (lt < newest) {
            const what = `it knows ${key} up to ${lt}, and ${newest} was seen`;
            throw new EndpointBehindError(member.name, what);
        }
        if (lt > newest) keep(this.#newest, key, { value: lt, by: member });
        keep(this.#knownBy(member), key, lt);
        if (behind < 0) this.#time = { value: chainTime, by: member };
        return account;
    }

    #knownBy(member: Member): Map<string, bigint> {
        const known = this.#known.get(member) ?? new Map<string, bigint>();
        this.#known.set(member, known);
        return known;
    }

    /** What only a liar has shown was never seen. */
    #forget(liar: Member): void {
        for (const [key, { by }] of this.#newest) if (by === liar) this.#newest.delete(key);
        this.#known.delete(liar);
        if (this.#time?.by === liar) this.#time = undefined;
    }
}

/** Keeps the newest entries of a map. */
function keep<V>(map: Map<string, V>, key: string, value: V): void {
    map.delete(key);
    map.set(key, value);
    for (const oldest of map.keys()) {
        if (map.size <= REMEMBERED) break;
        map.delete(oldest);
    }
}
