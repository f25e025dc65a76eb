import type { Address } from '@ton/core';
import { toNano } from '@ton/core';
import type { Logger } from 'pino';
import type {
    Governor,
    JobLimits,
    NodeEvent,
    PeerFetch,
    Pricing,
    Rules,
    SharedParts,
} from '../provider';
import type { Runtime } from '../runtime';
import type { Chain, Fetch } from '../sdk';
import type { BlobStore } from '../sdk/node';
import type { VerifierEvent } from './events';
import type { ExecuteItem } from './execute-item';

export interface VerifierOptions {
    readonly chain: Chain;
    readonly market: Address;
    /** The Stake that the node acts for; it may be opened after the node has started. */
    readonly stake: Address;
    /** Global id of the network: -239 main, -3 test and embedded chains. */
    readonly network: number;
    /** The node key as @ton/crypto holds it, 64 bytes. */
    readonly nodeKey: Buffer;
    /** At least 32 random bytes that the node keeps for good: keys and salts of its claims come from them. */
    readonly secret: Uint8Array;
    readonly runtime: Runtime;
    readonly blobs: BlobStore;
    /** Where the node remembers what it claimed and sealed. One node, one folder. */
    readonly stateFolder: string;
    /** What the work of a check has to bring at least. */
    readonly pricing: Pricing;
    /** Everybody and everything unless set. */
    readonly rules?: Rules;
    /** Those of a provider unless set; of an item, where a provider's are of a job. */
    readonly limits?: Partial<JobLimits>;
    /** Most that bonds may come to together, nanoGRAM; 1 GRAM unless set. */
    readonly maxBondsNano?: bigint;
    /** The chance that an honest claim loses its bond, in basis points; 10 unless set. */
    readonly riskBasisPoints?: number;
    /**
     * The part of the window for claims, from its beginning, over which claims are spread by their
     * tickets, 0 to 1; half of it unless set.
     */
    readonly claimSpread?: number;
    /** Checks at a time with a bond or a claim to decide; 16 unless set. */
    readonly maxChecks?: number;
    /** No check is claimed while the disk of `stateFolder` has less left, bytes; 256 MiB unless set. */
    readonly minFreeBytes?: number;
    /** Warm models at a time; 2 unless set. */
    readonly maxModels?: number;
    /** Blob stores that are asked for specs that the provider does not give; none unless set. */
    readonly specSources?: readonly string[];
    /** Checks listed up to this long before are looked at after a start, seconds; 3600 unless set. */
    readonly lookBackSeconds?: number;
    /** How long an endpoint may take to answer in all, milliseconds; a minute unless set. */
    readonly chainTimeoutMs?: number;
    /** How the node fetches what strangers name; `publicFetch` unless set. */
    readonly fetch?: Fetch;
    /** How blobs are fetched from peers that strangers name; those are not asked unless set. */
    readonly peers?: PeerFetch;
    /**
     * Whether `fetch` reaches nodes that have a key and no URL (`p2p://…`); it does not unless set,
     * and what they did is not claimed: its results would look as if they were withheld.
     */
    readonly reachesPeers?: boolean;
    /** How items are executed; in the runtime, in turns, unless set. */
    readonly execute?: ExecuteItem;
    /** Sees to what the owner wants; whoever made it starts and stops it. Nothing is kept back without. */
    readonly governor?: Governor;
    /** Parts of a provider on the same Stake, which then act as one node. */
    readonly shared?: SharedParts;
    /** For status. */
    readonly version?: string;
    /** Milliseconds since 1970; the clock of this machine unless set. */
    readonly now?: () => number;
    /** 0 to 1; `Math.random` unless set. */
    readonly random?: () => number;
    /** Silent unless set. */
    readonly logger?: Logger;
    /** Told what happens to checks; what it throws is logged. */
    readonly onEvent?: (event: VerifierEvent) => void;
    /** Told what happens to the node. */
    readonly onNodeEvent?: (event: NodeEvent) => void;
}

export const DEFAULT_MAX_BONDS = toNano('1');
export const DEFAULT_RISK_BASIS_POINTS = 10;
export const DEFAULT_MAX_CHECKS = 16;
