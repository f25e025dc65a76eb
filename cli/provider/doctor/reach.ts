import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { lookup } from 'node:dns/promises';
import { z } from 'zod';
import { isPrivateAddress } from '../../../provider';
import { isPeerUrl } from '../../../sdk';
import type { Config } from '../../config';
import { createClientPeers, openNetwork } from '../../network';
import { publicUrl } from '../public-url';
import type { Setup } from '../setup';
import { type Check, failed, ok, problem, warning } from './check';

const TIMEOUT_MS = 5_000;
const PEER_TIMEOUT_MS = 30_000;
const health = z.object({ stake: z.string().optional(), nonce: z.string().optional() });

/**
 * Asks for this node under its public URL. Where no node listens, doctor listens itself for the
 * moment. Some routers let nobody inside use the address that they have outside, so that what fails
 * here may work from elsewhere; what works here may still be shut to others by a firewall.
 */
export async function reachChecks(config: Config, setup: Setup): Promise<Check[]> {
    const { port, host } = config.provider.http;
    const allowPrivate = config.network.allowPrivateAddresses;
    let url: string;
    try {
        url = publicUrl(config, setup.nodeKey);
    } catch (error) {
        return [failed('reachability', error)];
    }
    if (isPeerUrl(url)) return [await peerCheck(config, url)];
    const place = await placeCheck(url, allowPrivate);
    const nonce = randomBytes(8).toString('hex');
    let own: (() => Promise<void>) | undefined;
    try {
        own = await listenFor(nonce, port, host);
        const answer = await ask(url);
        const mine =
            own === undefined ? answer.stake === setup.stake.toString() : answer.nonce === nonce;
        if (!mine) {
            const mend = `Lead ${url} to port ${port} of this machine.`;
            return [...place, problem('reachability', `${url} is another program.`, mend)];
        }
        const who = own === undefined ? 'The node' : 'This machine';
        const says = `${who} answers under ${url}, asked from here.`;
        return [...place, ok('reachability', says)];
    } catch (error) {
        const why = error instanceof Error ? (causeOf(error) ?? error.message) : String(error);
        const mend =
            `Lead the URL to port ${port} of this machine: a rule in the router, a reverse proxy or ` +
            'a tunnel. Where the router shuts its outer address to those inside, ask from elsewhere: ' +
            `curl ${url}/health.`;
        const says = `Nothing answers under ${url}, asked from here: ${why}.`;
        return [...place, problem('reachability', says, mend)];
    } finally {
        await own?.();
    }
}

/** Whether peers find this node by its key; the way that a client takes. */
async function peerCheck(config: Config, url: string): Promise<Check> {
    const peers = createClientPeers(await openNetwork(config), config.provider.peers.join);
    try {
        const answer = await peers.fetch(`${url}/health`, {
            signal: AbortSignal.timeout(PEER_TIMEOUT_MS),
        });
        await answer.body?.cancel();
        return ok('reachability', `The node answers under ${url}, asked over the network.`);
    } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const says = `Nobody answers under ${url}: ${why}`;
        const mend =
            'Start the node, and wait until it has found a relay (a minute). Without other nodes that ' +
            'have a public address there is none: name some in provider.peers.join.';
        return problem('reachability', says, mend);
    } finally {
        await peers.stop();
    }
}

/** Whether strangers can have a way to the URL at all. */
async function placeCheck(publicUrl: string, allowPrivate: boolean): Promise<Check[]> {
    const { hostname, protocol } = new URL(publicUrl);
    try {
        const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true });
        if (!allowPrivate && found.some(({ address }) => isPrivateAddress(address))) {
            const says = `${hostname} is an address of this machine or of a network of its own.`;
            return [problem('reachability', says, 'Take a public address, a proxy or a tunnel.')];
        }
    } catch (error) {
        return [failed('reachability', error, `${hostname} has no address: `)];
    }
    if (protocol === 'https:' || allowPrivate) return [];
    const says = 'The public URL is http: pages in browsers can fetch nothing from it.';
    return [warning('reachability', says, 'Put a reverse proxy with a certificate in front.')];
}

/** @returns how to end it; undefined where the port is taken, by the node as it seems */
function listenFor(
    nonce: string,
    port: number,
    host: string,
): Promise<(() => Promise<void>) | undefined> {
    const server = createServer((_, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ nonce }));
    });
    return new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
            if (error.code === 'EADDRINUSE') resolve(undefined);
            else reject(error);
        });
        server.listen(port, host, () => {
            resolve(
                () =>
                    new Promise((ended) => {
                        server.close(() => ended());
                        server.closeAllConnections();
                    }),
            );
        });
    });
}

async function ask(publicUrl: string): Promise<z.output<typeof health>> {
    const response = await fetch(`${publicUrl}/health`, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { Connection: 'close' },
    });
    const read = health.safeParse(await response.json().catch(() => undefined));
    return read.data ?? {};
}

/** Fetch hides why it failed one level down. */
function causeOf(error: Error): string | undefined {
    const { cause } = error;
    return cause instanceof Error && cause.message !== '' ? cause.message : undefined;
}
