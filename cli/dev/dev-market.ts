import type { Logger } from 'pino';
import { DEVNET_PARAMETERS, type MarketParameters } from '../../wrappers';
import { setStage, type Stage } from '../demo/stage';

export interface DevMarketOptions {
    /** Nodes that compute, 1 to 5. */
    readonly providers: number;
    /** Nodes that check, 0 to 7. */
    readonly verifiers: number;
    /** Milliseconds from block to block. */
    readonly blockIntervalMs: number;
    /** Program of the runtime's children; the compiled one unless set. */
    readonly workerPath?: string;
    /** Short windows unless set. */
    readonly parameters?: MarketParameters;
    readonly onStep?: (step: string) => void;
    readonly logger?: Logger;
}

const PROVIDERS = ['Alder', 'Birch', 'Cedar', 'Larch', 'Maple'];
const VERIFIERS = ['Dogwood', 'Elm', 'Fir', 'Ginkgo', 'Hazel', 'Ivy', 'Juniper'];
/** What the first node asks for a job and for an hour of a core, nanoGRAM; each next one asks more. */
const PER_JOB = 6_000_000n;
const PER_CORE_HOUR = 20_000_000n;
const STEP = 1_000_000n;

/** A client in a browser, whose user thinks, and several nodes on one machine need some time. */
export const DEV_PARAMETERS: MarketParameters = {
    ...DEVNET_PARAMETERS,
    acceptWindow: 30,
    backing: 15 * 60,
    verification: { ...DEVNET_PARAMETERS.verification, claimWindow: 4, sealWindow: 30 },
};

/** A market on an embedded chain with real nodes, in this process and its children. */
export function setDevMarket(options: DevMarketOptions): Promise<Stage> {
    const { providers, verifiers, workerPath, onStep, logger, parameters } = options;
    return setStage({
        blockIntervalMs: options.blockIntervalMs,
        pollMs: 250,
        operators: PROVIDERS.slice(0, providers).map((name, index) => ({
            name,
            pricing: {
                kind: 'per-core-hour',
                nano: PER_CORE_HOUR,
                perJob: PER_JOB + BigInt(index) * STEP,
            },
        })),
        verifiers: VERIFIERS.slice(0, verifiers),
        parameters: parameters ?? DEV_PARAMETERS,
        ...(onStep !== undefined && { onStep }),
        ...(workerPath !== undefined && { workerPath }),
        ...(logger !== undefined && { logger }),
    });
}

/**
 * What a server of the pages is told about a market, for the variable COCOON_SITE.
 *
 * @param explorer - where people see the market
 */
export function siteSettings({ devnet, market }: Stage, explorer?: string): string {
    const config = {
        network: -3,
        endpoints: [devnet.endpoint],
        market: market.address.toString({ testOnly: true }),
        pollMs: 400,
        ...(explorer !== undefined && { explorer }),
    };
    return JSON.stringify({ config, faucet: devnet.url });
}
