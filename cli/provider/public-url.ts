import type { Config } from '../config';
import { SetupError } from './errors';

/** The address that clients are told. */
export function publicUrl({ provider, network, home }: Config): string {
    const { publicUrl: chosen, port } = provider.http;
    if (chosen !== undefined) return chosen;
    if (network.allowPrivateAddresses && port !== 0) return `http://127.0.0.1:${port}`;
    throw new SetupError(
        'PUBLIC_URL_MISSING',
        'Clients have to know how to reach this machine.',
        'Name the URL that leads to it from outside: --public-url https://node.example.org, or ' +
            `provider.http.publicUrl in ${home.config}. docs/owners.md says how to get one.`,
    );
}
