import type { Address } from '@ton/core';
import type { Express } from 'express';
import type { Logger } from 'pino';
import type { Governor, NodeState, PageOptions, Pricing } from '../../provider';
import { ownerPage } from '../../provider';
import { adminApp } from '../../provider/http';
import { type Verifier, verifierView } from '../../verifier';

export interface VerifierAppOptions {
    readonly verifier: Verifier;
    readonly governor: Governor;
    /** The provider's state of the stake, whose books are empty where it never provided. */
    readonly state: NodeState;
    readonly stake: Address;
    readonly pricing: Pricing;
    readonly processes: number;
    readonly page: PageOptions;
    /** Where it listens. */
    readonly host: string;
    readonly logger: Logger;
}

/** What the owner of a node sees that only verifies: status, metrics, and the page. */
export function verifierApp(options: VerifierAppOptions): Express {
    const { verifier, governor, state, stake, pricing, processes, page, host, logger } = options;
    const view = () =>
        verifierView(verifier.status(), governor.state, {
            quarantine: state.quarantine.all(),
            processes,
        });
    return adminApp({
        view: {
            health: () => ({ ok: true, stake: stake.toString(), jobs: 0 }),
            unready: () => verifier.status().reasons,
        },
        registry: verifier.registry,
        status: () => ({ verifier: verifier.status(), governor: governor.state }),
        page: ownerPage({
            ...{ ...page, view, state, pricing, processes, logger },
            more: verifier.pageRoutes,
            now: Date.now,
        }),
        host,
        logger,
    });
}
