import { Counter, Registry } from 'prom-client';
import { gauges, nodeGauges, type NodeReadings } from '../provider/node-gauges';
import type { VerifierEvent } from './events';

/** What a verifier counts for Prometheus, in a registry of its own. */
export interface VerifierMetrics {
    readonly registry: Registry;
    hear(event: VerifierEvent): void;
}

/** Values that are read when they are asked for. */
export interface VerifierReadings {
    readonly running: number;
    /** nanoGRAM with Escrows. */
    readonly bonds: bigint;
}

/** @param alone - what a node tells that only verifies; one that also provides tells it anyway */
export function createVerifierMetrics(
    read: () => VerifierReadings,
    alone?: { readonly read: () => NodeReadings; readonly version: string },
): VerifierMetrics {
    const registry = new Registry();
    const registers = [registry];
    const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
        new Counter({ name: `cocoon_${name}`, help, labelNames, registers });
    const gauge = gauges(registry);
    const listed = counter('checks_listed_total', 'Checks and juries that were listed');
    const abstained = counter('checks_abstained_total', 'Those not claimed, by reason', 'reason');
    const claims = counter('checks_claims_total', 'Claims that an Escrow took', 'role');
    const outdone = counter('checks_outdone_total', 'Claims that did not stand', 'role');
    const earned = counter(
        'checks_earned_nano_total',
        'nanoGRAM that checks and juries brought the stake',
        'reason',
    );
    const lost = counter('checks_lost_nano_total', 'nanoGRAM of bonds that were lost');
    const spent = counter('checks_spent_nano_total', 'nanoGRAM that claims took');
    const troubles = counter('checks_troubles_total', 'Times that a check could not go on');
    gauge('checks_running', 'Checks and juries that are looked at', () => read().running);
    gauge('checks_bonds_nano', 'nanoGRAM of bonds with Escrows', () => Number(read().bonds));
    if (alone !== undefined) nodeGauges(registry, alone.read, { version: alone.version });
    return {
        registry,
        hear(event) {
            switch (event.kind) {
                case 'seen':
                    return listed.inc();
                case 'abstained':
                    return abstained.inc({ reason: event.reason });
                case 'claimed':
                    return claims.inc({ role: event.duty.role });
                case 'outdone':
                    return outdone.inc({ role: event.duty.role });
                case 'rewarded':
                    return earned.inc({ reason: event.reason }, Number(event.earned));
                case 'lost':
                    return lost.inc(Number(event.bond));
                case 'spent':
                    return spent.inc(Number(event.nano));
                case 'trouble':
                    return troubles.inc();
                case 'described':
                case 'claiming':
                case 'executed':
                case 'sealing':
                case 'sealed':
                case 'leaf-missing':
                case 'key-missing':
                case 'revealing':
                case 'revealed':
                case 'ticked':
                case 'closed':
                case 'failed':
                    return;
            }
        },
    };
}
