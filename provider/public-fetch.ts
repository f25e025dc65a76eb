import { lookup } from 'node:dns';
import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import type { Fetch } from '../sdk';
import { CocoonError } from '../protocol';

/** A stranger named a host inside the operator's own network. */
export class PrivateAddressError extends CocoonError {
    override readonly name = 'PrivateAddressError';
    readonly code = 'ADDRESS_PRIVATE';

    constructor(readonly host: string) {
        super(`The host ${host} is not on the public network.`, {
            hint: 'Allow private addresses only where all clients are trusted.',
        });
    }
}

// Two lists, since one matches IPv4 addresses against rules for those that IPv6 maps.
const PRIVATE_V4 = new BlockList();
for (const [net, bits] of [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['224.0.0.0', 3],
] as const) {
    PRIVATE_V4.addSubnet(net, bits, 'ipv4');
}
const PRIVATE_V6 = new BlockList();
for (const [net, bits] of [
    ['::', 127],
    ['::ffff:0:0', 96],
    ['2002::', 16],
    ['64:ff9b::', 96],
    ['fc00::', 7],
    ['fe80::', 10],
    ['ff00::', 8],
] as const) {
    PRIVATE_V6.addSubnet(net, bits, 'ipv6');
}

/** Whether an IP address is one that the public network does not route. */
export function isPrivateAddress(address: string): boolean {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
    switch (isIP(mapped ?? address)) {
        case 4:
            return PRIVATE_V4.check(mapped ?? address, 'ipv4');
        case 6:
            return PRIVATE_V6.check(address, 'ipv6');
        default:
            return true;
    }
}

/**
 * A `fetch` for what strangers name: the address is checked where the connection is made, so that
 * a name cannot lead elsewhere the second time. It only does GET, and PUT of bytes, takes only `signal`
 * of the other options, and follows no redirect.
 *
 * @param forbidden - whether nothing may be fetched from an IP address
 */
export function guardedFetch(forbidden: (address: string) => boolean): Fetch {
    const guardedLookup: LookupFunction = (host, options, callback) => {
        lookup(host, { ...options, all: true }, (error, addresses) => {
            if (error !== null) return callback(error, '', 0);
            const found = addresses.filter(({ address }) => !forbidden(address));
            const [first] = found;
            if (first === undefined) return callback(new PrivateAddressError(host), '', 0);
            if (options.all) callback(null, found);
            else callback(null, first.address, first.family);
        });
    };
    return async (url, init) => {
        const target = new URL(url);
        const host = target.hostname.replace(/^\[|\]$/g, '');
        // Addresses are not looked up.
        if (isIP(host) !== 0 && forbidden(host)) throw new PrivateAddressError(host);
        const body = init?.method === 'PUT' && init.body instanceof Uint8Array ? init.body : null;
        const options = {
            lookup: guardedLookup,
            method: body === null ? 'GET' : 'PUT',
            headers: {
                'Accept-Encoding': 'identity',
                ...(body !== null && { 'Content-Length': body.length }),
            },
            ...(init?.signal && { signal: init.signal }),
        };
        const response = await ask(target, options, body);
        const { statusCode: status = 502 } = response;
        if (status === 200) return new Response(Readable.toWeb(response) as ReadableStream);
        response.destroy();
        return new Response(null, { status: status < 400 ? 502 : status });
    };
}

/** Fetches from the public network alone: nothing of the operator's own. */
export const publicFetch: Fetch = guardedFetch(isPrivateAddress);

function ask(url: URL, options: RequestOptions, body: Uint8Array | null): Promise<IncomingMessage> {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
        request(url, options, resolve)
            .on('error', reject)
            .end(body ?? undefined);
    });
}
