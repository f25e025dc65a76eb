import { type CocoonError, isCocoonError } from '../protocol';
import type { Chain, ChainEndpoint, EndpointHealth } from './chain';
import type { Endpoint } from './endpoint';
import { EndpointBehindError } from './errors';

/** The first pause of an endpoint that fails; doubled for each further failure, milliseconds. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** One that nobody had to ask is looked at so often, milliseconds. */
const PROBE_MS = 30_000;
const DISTRUST_MS = 10 * 60_000;
/** Weight of the newest answer in the average. */
const SMOOTHING = 0.3;
/** Latencies up to this count as the same, and so do those within each power of four above. */
const SAME_MS = 100;
const HEDGE = { unknownMs: 1_500, factor: 4, minMs: 300, maxMs: 3_000 };

/** One endpoint of a pool, and how it has done. Times by the clock of the pool, milliseconds. */
export class Member implements ChainEndpoint {
    #latencyMs: number | undefined;
    #failures = 0;
    #behindSeconds = 0;
    #lastError: CocoonError | undefined;
    #nextLookAt = 0;
    #distrustedUntil = -Infinity;
    /** It is being looked at by the way. */
    probing = false;

    constructor(
        readonly endpoint: Endpoint,
        readonly chain: Chain,
        readonly place: number,
        private readonly now: () => number,
        private readonly onDistrust: (member: Member) => void,
    ) {}

    get name(): string {
        return this.endpoint.name;
    }

    get health(): EndpointHealth {
        const behind = this.#lastError instanceof EndpointBehindError;
        const failing = behind ? 'behind' : 'down';
        return {
            state: this.#isDistrusted ? 'distrusted' : this.#failures > 0 ? failing : 'up',
            latencyMs: this.#latencyMs,
            failures: this.#failures,
            behindSeconds: this.#behindSeconds,
            lastError: this.#lastError,
        };
    }

    distrust(reason: CocoonError): void {
        this.#lastError = reason;
        this.#distrustedUntil = this.now() + DISTRUST_MS;
        this.onDistrust(this);
    }

    answered(elapsedMs: number): void {
        const before = this.#latencyMs ?? elapsedMs;
        this.#latencyMs = before + SMOOTHING * (elapsedMs - before);
        this.#failures = 0;
        this.#nextLookAt = this.now() + PROBE_MS;
    }

    failed(error: unknown): void {
        if (isCocoonError(error)) this.#lastError = error;
        const pause = FIRST_PAUSE_MS * 2 ** this.#failures++;
        this.#nextLookAt = this.now() + Math.min(LONGEST_PAUSE_MS, pause);
    }

    /** Another endpoint answered before this one did. */
    outrun(elapsedMs: number): void {
        this.#latencyMs = Math.max(this.#latencyMs ?? 0, elapsedMs);
        this.#nextLookAt = this.now() + PROBE_MS;
    }

    told(behindSeconds: number): void {
        this.#behindSeconds = Math.max(0, behindSeconds);
    }

    /** Whether it is time to see how it does. */
    get isDue(): boolean {
        return !this.probing && this.now() >= this.#nextLookAt;
    }

    /** After so long another one is asked too, milliseconds. */
    get patienceMs(): number {
        const { unknownMs, factor, minMs, maxMs } = HEDGE;
        if (this.#latencyMs === undefined) return unknownMs;
        return Math.min(maxMs, Math.max(minMs, factor * this.#latencyMs));
    }

    /** Members are asked in this order, the lowest first. */
    get rank(): readonly [trouble: number, slowness: number, place: number] {
        const trouble = this.#isDistrusted ? 2 : this.#failures > 0 ? 1 : 0;
        const slowness = Math.max(
            0,
            Math.ceil(Math.log((this.#latencyMs ?? 0) / SAME_MS) / Math.log(4)),
        );
        return [trouble, slowness, this.place];
    }

    get #isDistrusted(): boolean {
        return this.now() < this.#distrustedUntil;
    }
}
