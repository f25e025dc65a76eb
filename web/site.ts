import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Connect, Plugin } from 'vite';
import type { SiteConfig } from './shared/config';
import { contentSecurityPolicy } from './shared/csp';

/*
 * What the pages need beside their own code: the policy, TON Connect's manifest and list of wallets,
 * and, on a server of this machine, the market and the development wallet.
 */

/**
 * What a server of the pages on this machine is told, as JSON in the variable COCOON_SITE; built
 * pages of a real site have a `config.json` of their own.
 */
export interface SiteSettings {
    readonly config: SiteConfig;
    /** Offers the development wallet, paid by the embedded chain's faucet at this URL. */
    readonly faucet?: string;
}

interface ListedWallet {
    readonly bridge: readonly { readonly type: string; readonly url?: string }[];
}

const HERE = fileURLToPath(new URL('.', import.meta.url));
const LIST = 'wallets-v2.json';
const wallets = JSON.parse(readFileSync(join(HERE, 'public', LIST), 'utf8')) as ListedWallet[];

/** Origins of the bridges of all listed wallets. */
const BRIDGES = [
    ...new Set(wallets.flatMap(({ bridge }) => bridge.flatMap(({ url }) => url ?? []))),
].map((url) => new URL(url).origin);

/** Pages that talk to no wallet. */
const WITHOUT_WALLET = /explorer\.html$/;

/** The development wallet, as TON Connect lists wallets. */
const DEVELOPMENT_WALLET = {
    app_name: 'cocoondev',
    name: 'Dev wallet',
    image: '/development-wallet.svg',
    about_url: 'https://docs.ton.org/ecosystem/ton-connect',
    bridge: [{ type: 'js', key: 'cocoondev' }],
    platforms: ['chrome', 'firefox', 'safari'],
    features: ['SendTransaction', { name: 'SendTransaction', maxMessages: 4 }],
};

export function site(): Plugin {
    const settings = settingsFrom(process.env['COCOON_SITE']);
    const wallet = settings?.faucet !== undefined;
    let serving = false;
    let walletBuild = '';
    return {
        name: 'cocoon-site',
        configResolved({ command }) {
            serving = command === 'serve';
        },
        transformIndexHtml: (_html, { filename }) => [
            {
                tag: 'meta',
                attrs: {
                    'http-equiv': 'Content-Security-Policy',
                    content: contentSecurityPolicy(
                        WITHOUT_WALLET.test(filename) ? [] : BRIDGES,
                        serving
                            ? { connect: ['ws:'] }
                            : { inlineStyles: !WITHOUT_WALLET.test(filename) },
                    ),
                },
                injectTo: 'head-prepend',
            },
            ...(serving && wallet
                ? [
                      {
                          tag: 'script',
                          attrs: { type: 'module', src: '/wallet/index.ts' },
                          injectTo: 'head-prepend' as const,
                      },
                  ]
                : []),
        ],
        generateBundle() {
            const url = process.env['APP_URL'] ?? 'http://localhost:4173';
            const source = JSON.stringify(manifestOf(url), undefined, 2);
            this.emitFile({ type: 'asset', fileName: 'tonconnect-manifest.json', source });
        },
        configureServer({ middlewares }) {
            if (settings !== undefined) middlewares.use(answers(settings));
        },
        configurePreviewServer({ middlewares, config }) {
            if (settings === undefined) return;
            middlewares.use(answers(settings));
            const pages = config.build.outDir;
            walletBuild = join(pages, '..', 'web-wallet', 'wallet.js');
            if (wallet) middlewares.use(withWallet(pages, walletBuild));
        },
    };
}

function settingsFrom(text: string | undefined): SiteSettings | undefined {
    return text === undefined ? undefined : (JSON.parse(text) as SiteSettings);
}

/** @see https://docs.ton.org/ecosystem/ton-connect/manifest */
function manifestOf(url: string) {
    return { url, name: 'Cocoon', iconUrl: new URL('/icon-180.png', url).href };
}

/** What depends on the market and on where the server listens. */
function answers({ config, faucet }: SiteSettings): Connect.NextHandleFunction {
    const listed = faucet === undefined ? wallets : [DEVELOPMENT_WALLET, ...wallets];
    return (request, response, next) => {
        switch (pathOf(request)) {
            case '/config.json':
                return json(response, config);
            case '/development-wallet.json':
                return faucet === undefined ? next() : json(response, { ...config, faucet });
            case '/development-wallet.svg':
                if (faucet === undefined) return next();
                response.setHeader('Content-Type', 'image/svg+xml');
                response.end(readFileSync(join(HERE, 'wallet', 'icon.svg')));
                return;
            case '/tonconnect-manifest.json':
                return json(response, manifestOf(`http://${request.headers.host}`));
            case `/${LIST}`:
                return json(response, listed);
            default:
                next();
        }
    };
}

/** Built pages with the development wallet, which is built apart from them. */
function withWallet(pages: string, wallet: string): Connect.NextHandleFunction {
    return (request, response, next) => {
        const path = pathOf(request);
        if (path === '/wallet.js') {
            response.setHeader('Content-Type', 'text/javascript');
            response.end(readFileSync(wallet));
            return;
        }
        const page = path === '/' ? '/index.html' : path;
        if (!/^\/[a-z]+\.html$/.test(page)) return next();
        const html = readFileSync(join(pages, page), 'utf8');
        response.setHeader('Content-Type', 'text/html');
        response.end(
            html.replace(/<script /, '<script type="module" src="/wallet.js"></script><script '),
        );
    };
}

function pathOf({ url = '/' }: IncomingMessage): string {
    return new URL(url, 'http://localhost').pathname;
}

function json(response: ServerResponse, body: unknown): void {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(body));
}
