import { lookup } from 'node:dns';
import { request as httpRequest, type RequestOptions } from 'node:http';
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

const PRIVATE = new BlockList();
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
    PRIVATE.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
    ['::', 127],
    ['64:ff9b::', 96],
    ['fc00::', 7],
    ['fe80::', 10],
    ['ff00::', 8],
] as const) {
    PRIVATE.addSubnet(net, bits, 'ipv6');
}

/** Whether an IP address is one that the public network does not route. */
export function isPrivateAddress(address: string): boolean {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
    const family = isIP(mapped ?? address);
    if (family === 0) return true;
    return PRIVATE.check(mapped ?? address, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Fetches with GET what strangers name, and nothing from the operator's own network: the address
 * is checked where the connection is made, so that a name cannot lead elsewhere the second time.
 * Redirects are refused. Only `signal` is taken of the options.
 */
export const publicFetch: Fetch = (url, init) => {
    const target = new URL(url);
    const host = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && isPrivateAddress(host)) {
        return Promise.reject(new PrivateAddressError(host));
    }
    const options: RequestOptions = {
        lookup: publicLookup,
        headers: { 'Accept-Encoding': 'identity' },
        ...(init?.signal && { signal: init.signal }),
    };
    const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
        request(target, options, (response) => {
            const { statusCode: status = 500 } = response;
            if (status !== 200) {
                response.destroy();
                resolve(new Response(null, { status: status < 400 ? 502 : status }));
                return;
            }
            const body = Readable.toWeb(response) as ReadableStream<Uint8Array>;
            resolve(new Response(body, { status }));
        })
            .on('error', reject)
            .end();
    });
};

const publicLookup: LookupFunction = (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '', 0);
        const found = addresses.filter(({ address }) => !isPrivateAddress(address));
        const [first] = found;
        if (first === undefined) return callback(new PrivateAddressError(host), '', 0);
        if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
    });
};
