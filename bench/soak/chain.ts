import { randomBytes } from 'node:crypto';
import { toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { startDevnet } from '../../devnet';
import { connect } from '../../sdk';
import { createWallet } from '../../sdk/node';
import { Market } from '../../wrappers';
import { NETWORK, SOAK_PARAMETERS } from './parameters';

/*
 * The embedded chain in a process of its own, so that neither clients nor chain wait for the other.
 * Tells `{ endpoint, market, owner, giver }`, then answers each message with all money there is.
 */

export interface ChainFacts {
    readonly endpoint: string;
    /** Raw addresses. */
    readonly market: string;
    readonly owner: string;
    readonly giver: string;
}

async function main(): Promise<void> {
    const devnet = await startDevnet({ blockIntervalMs: Number(process.argv[2]) });
    const chain = connect(devnet.endpoint, { pollMs: 100 });
    const keys = keyPairFromSeed(randomBytes(32));
    const owner = createWallet({ chain, keys, network: NETWORK });
    await devnet.faucet(owner.address, toNano('10'));
    const contract = await Market.fromConfig({
        owner: owner.address,
        network: NETWORK,
        timelockSeconds: 3600,
        parameters: SOAK_PARAMETERS,
    });
    await chain.open(contract).sendDeploy(owner, toNano('1'));
    const { market } = await contract.deployment();
    process.on('message', () => process.send?.({ total: devnet.totalBalance().toString() }));
    process.on('disconnect', () => process.exit(0));
    process.send?.({
        endpoint: devnet.endpoint,
        market: market.toRawString(),
        owner: owner.address.toRawString(),
        giver: devnet.giver.toRawString(),
    } satisfies ChainFacts);
}

void main();
