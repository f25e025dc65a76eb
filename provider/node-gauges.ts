import { Gauge, type Registry } from 'prom-client';

/** What is read of every node, whatever it does with its stake. */
export interface NodeReadings {
    readonly blobBytes: number;
    /** How far the chain, as this node hears it, is behind the clock of this machine. */
    readonly chainLagSeconds: number | undefined;
    readonly ready: boolean;
    /** Codes of why no new work is taken, the owner's preferences among them. */
    readonly idle: readonly string[];
    readonly stake:
        | {
              readonly operating: bigint;
              readonly reserve: bigint;
              readonly collateral: bigint;
              readonly locked: bigint;
              readonly withdrawable: bigint;
              readonly unbonding: bigint;
          }
        | undefined;
}

const STAKE_FIELDS = [
    'operating',
    'reserve',
    'collateral',
    'locked',
    'withdrawable',
    'unbonding',
] as const;

/** Makes gauges in a registry whose values are read when they are asked for; undefined is NaN. */
export function gauges(registry: Registry) {
    return (name: string, help: string, value: () => number | undefined) =>
        new Gauge({
            name: `cocoon_${name}`,
            help,
            registers: [registry],
            collect() {
                this.set(value() ?? NaN);
            },
        });
}

/** The gauges that every node has. */
export function nodeGauges(
    registry: Registry,
    read: () => NodeReadings,
    build: { readonly version: string },
): void {
    const registers = [registry];
    const gauge = gauges(registry);
    gauge('blob_bytes', 'Models, inputs and results on disk', () => read().blobBytes);
    gauge('chain_lag_seconds', 'Age of the last time of the chain', () => read().chainLagSeconds);
    gauge('ready', 'Whether the node can take new work', () => Number(read().ready));
    for (const field of STAKE_FIELDS) {
        gauge(`stake_${field}_nano`, `nanoGRAM of the stake: ${field}`, () => {
            const amount = read().stake?.[field];
            return amount === undefined ? undefined : Number(amount);
        });
    }
    new Gauge({
        name: 'cocoon_idle',
        help: 'Reasons that hold now why no new work is taken',
        labelNames: ['reason'],
        registers,
        collect() {
            this.reset();
            for (const reason of read().idle) this.set({ reason }, 1);
        },
    });
    new Gauge({
        name: 'cocoon_build_info',
        help: 'Version of the node',
        labelNames: ['version', 'node'],
        registers,
    }).set({ version: build.version, node: process.version }, 1);
}
