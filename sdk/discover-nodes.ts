import type { Address, Transaction } from '@ton/core';
import {
    type Deployment,
    exitCodeOf,
    readEscrowNote,
    readListing,
    readStakeOpening,
    Stake,
} from '../wrappers';
import { historyBackwards } from './account-history';
import type { CallOptions, Chain } from './chain';

export interface DiscoverNodesRequest extends CallOptions {
    readonly chain: Chain;
    readonly deployment: Deployment;
    /** How many of the Market's newest transactions are read; 200 unless set. */
    readonly depth?: number;
    /** Most nodes to name; 32 unless set. */
    readonly most?: number;
}

/** A node that can be reached. */
export interface NodeContact {
    readonly stake: Address;
    /** URL of its HTTP interface. */
    readonly endpoint: string;
}

const DEPTH = 200;
const MOST = 32;
/** Escrows whose bids are looked at, and how far back in each. */
const ESCROWS = 8;
const ESCROW_DEPTH = 20;

/**
 * Finds nodes by the chain alone: those that bid for the newest jobs, and then those whose stakes
 * were opened lately. A node that has done neither within `depth` is not found.
 *
 * @returns the most recently active first
 * @throws what `connect` throws
 */
export async function discoverNodes(request: DiscoverNodesRequest): Promise<NodeContact[]> {
    const { chain, deployment, signal, depth = DEPTH, most = MOST } = request;
    const call = { signal };
    const history = await historyBackwards(chain, deployment.market, depth, call);
    const listings = history.flatMap((one) => readListing(one, deployment) ?? []);
    const escrows = unique(listings.map(({ escrow }) => escrow));
    const bidders = await Promise.all(
        escrows.slice(0, ESCROWS).map(async (escrow) => {
            const notes = await historyBackwards(chain, escrow, ESCROW_DEPTH, call);
            return notes.flatMap((transaction) => bidderOf(transaction) ?? []);
        }),
    );
    const opened = history.flatMap((transaction) => {
        const operator = readStakeOpening(transaction);
        return operator === undefined ? [] : [Stake.ofOperator(deployment, operator).address];
    });
    const stakes = unique([...bidders.flat(), ...opened]).slice(0, most);
    const contacts = await Promise.all(
        stakes.map(async (stake) => {
            const { active } = await chain.account(stake, call);
            if (!active) return undefined;
            const endpoint = await chain.open(Stake.fromAddress(stake), call).getEndpointUrl();
            return endpoint === undefined ? undefined : { stake, endpoint };
        }),
    );
    return contacts.filter((contact) => contact !== undefined);
}

function bidderOf(transaction: Transaction): Address | undefined {
    const note = readEscrowNote(transaction);
    return note?.kind === 'bid' && exitCodeOf(transaction) === 0 ? note.stake : undefined;
}

function unique(addresses: readonly Address[]): Address[] {
    const seen = new Map(addresses.map((address) => [address.toRawString(), address] as const));
    return [...seen.values()];
}
