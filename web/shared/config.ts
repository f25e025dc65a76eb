import * as z from 'zod';
import { CocoonError } from '../../protocol';

/** On which market the pages work. They read it from `config.json` beside them. */
export interface SiteConfig {
    /** Global id of the network: -239 main, -3 test and embedded chains. */
    readonly network: number;
    /** JSON-RPC of one or several toncenter v2. */
    readonly endpoints: readonly string[];
    /** Address of the Market. */
    readonly market: string;
    /** Milliseconds between two looks at an account; 1,000 unless set. */
    readonly pollMs?: number | undefined;
    /**
     * Where people see the market: the page of `cocoon explorer` or of a node, or `explorer.html` with
     * `?node=`. Relative to these pages; without it nothing links there.
     */
    readonly explorer?: string | undefined;
    /** The peer-to-peer network, in which nodes without a public address are; left out unless set. */
    readonly peers?: PeersConfig | undefined;
}

/** How the pages come into the peer-to-peer network; see `PeersOptions`. */
export interface PeersConfig {
    readonly join?: readonly string[] | undefined;
    readonly stun?: readonly string[] | undefined;
    readonly allowPrivate?: boolean | undefined;
}

const schema = z.object({
    network: z.number().int(),
    endpoints: z.array(z.url()).min(1),
    market: z.string().min(1),
    pollMs: z.number().int().min(50).optional(),
    explorer: z.string().refine(isPage, 'not the address of a page').optional(),
    peers: z
        .object({
            join: z.array(z.string()).optional(),
            stun: z.array(z.string()).optional(),
            allowPrivate: z.boolean().optional(),
        })
        .optional(),
});

function isPage(address: string): boolean {
    if (!URL.canParse(address, document.baseURI)) return false;
    return ['http:', 'https:'].includes(new URL(address, document.baseURI).protocol);
}

/** The page does not know on which market it works. */
export class ConfigMissingError extends CocoonError {
    override readonly name = 'ConfigMissingError';
    readonly code = 'CONFIG_MISSING';

    constructor(detail: string, cause?: unknown) {
        super(`The page has no usable config.json: ${detail}`, {
            hint: 'Put { "network", "endpoints", "market" } beside the page; docs/dapp.md shows one.',
            cause,
        });
    }
}

/** @throws ConfigMissingError */
export async function loadConfig(base = document.baseURI): Promise<SiteConfig> {
    let found: unknown;
    try {
        const response = await fetch(new URL('config.json', base));
        if (!response.ok) throw new ConfigMissingError(`the server says ${response.status}.`);
        found = await response.json();
    } catch (error) {
        if (error instanceof ConfigMissingError) throw error;
        throw new ConfigMissingError('it cannot be read.', error);
    }
    const parsed = schema.safeParse(found);
    if (!parsed.success) throw new ConfigMissingError(z.prettifyError(parsed.error));
    return parsed.data;
}
