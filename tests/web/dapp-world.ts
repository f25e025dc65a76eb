import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import sharp from 'sharp';
import { type DevExplorer, startDevExplorer } from '../../cli/dev/dev-explorer';
import { DEV_PARAMETERS, setDevMarket, siteSettings } from '../../cli/dev/dev-market';
import type { Stage } from '../../cli/demo/stage';
import type { MarketParameters } from '../../wrappers';
import { bundleWorker } from '../runtime/worker-bundle';
import { DappUser } from './dapp-user';
import { openBrowser } from './in-browser';
import { type Preview, servePreview } from './preview';

export interface DappLook {
    readonly width?: number;
    readonly height?: number;
    readonly dark?: boolean;
    /** A phone: narrow, with fingers. */
    readonly phone?: boolean;
    readonly locale?: string;
}

const PATIENCE_MS = 60_000;
/** The file that a build makes of TON Connect's widget. */
const WIDGET = /\/assets\/lib-[\w-]+\.js$/;

/** A market with real nodes, the built pages, and a browser. */
export class DappWorld {
    /** What pages complained about. */
    readonly complaints: string[] = [];
    /** What pages asked for beyond this machine. */
    readonly foreign: string[] = [];

    private constructor(
        readonly stage: Stage,
        readonly explorer: DevExplorer | undefined,
        readonly preview: Preview,
        readonly browser: Browser,
    ) {}

    /** Undefined where there is no browser. */
    static async create(
        options: {
            readonly providers?: number;
            readonly verifiers?: number;
            /** What differs from the ordinary market of developers. */
            readonly verification?: Partial<MarketParameters['verification']>;
        } = {},
    ): Promise<DappWorld | undefined> {
        const browser = await openBrowser();
        if (browser === undefined) return undefined;
        const { providers = 2, verifiers = 1 } = options;
        const stage = await setDevMarket({
            ...{ providers, verifiers },
            blockIntervalMs: 250,
            parameters: {
                ...DEV_PARAMETERS,
                verification: { ...DEV_PARAMETERS.verification, ...options.verification },
            },
            workerPath: bundleWorker(),
        });
        const explorer = await startDevExplorer(stage);
        return DappWorld.on(stage, siteSettings(stage, explorer.page), browser, explorer);
    }

    /** The pages on a market that is there already, which ends with them. */
    static async on(
        stage: Stage,
        settings: string,
        browser: Browser,
        explorer?: DevExplorer,
    ): Promise<DappWorld> {
        return new DappWorld(stage, explorer, await servePreview(settings), browser);
    }

    /** Somebody with a browser profile, and a development wallet, of their own. */
    async user(look: DappLook = {}): Promise<DappUser> {
        const { phone = false, width = phone ? 390 : 1100, height = 844 } = look;
        const context = await this.browser.newContext({
            viewport: { width, height },
            colorScheme: look.dark === true ? 'dark' : 'light',
            locale: look.locale ?? 'en-GB',
            ...(phone && { hasTouch: true, isMobile: true, deviceScaleFactor: 2 }),
        });
        context.setDefaultTimeout(PATIENCE_MS);
        this.#watch(context);
        return new DappUser(await context.newPage(), this.preview.url);
    }

    async stop(): Promise<void> {
        await this.browser.close();
        await this.preview.stop();
        await this.explorer?.stop();
        await this.stage.stop();
    }

    #watch(context: BrowserContext): void {
        context.on('weberror', (error) => this.complaints.push(String(error.error())));
        context.on('console', (message) => {
            const text = message.text();
            // What is not there on purpose: bridges of wallets, nodes that were stopped.
            const expected = /Failed to load resource|TON_CONNECT_SDK/.test(text);
            // Two icons of TON Connect's widget, which the policy keeps out.
            const icon = /raw\.githubusercontent\.com\/ton-connect/.test(text);
            // An empty handler that the widget gives the body for Safari; the policy keeps it out, too.
            const { url } = message.location();
            const handler = /^Executing inline event handler/.test(text) && WIDGET.test(url);
            const known = expected || icon || handler;
            if (message.type() === 'error' && !known) this.complaints.push(text);
        });
        context.on('request', (request) => {
            const { protocol, hostname } = new URL(request.url());
            const here = ['blob:', 'data:'].includes(protocol) || hostname === '127.0.0.1';
            if (!here) this.foreign.push(request.url());
        });
    }
}

const EXAMPLES = join(__dirname, '..', '..', 'examples', 'ocr');
/** What the sample of the page says, a photographed receipt of 20 lines. */
export const RECEIPT_TEXT = readFileSync(join(EXAMPLES, 'receipt.txt'), 'utf8').trimEnd();

/** A small picture with some words in it. */
export function pictureOf(words: string): Promise<Buffer> {
    const escaped = words.replace(/[<>&]/g, (mark) => `&#${mark.charCodeAt(0)};`);
    return sharp(
        Buffer.from(
            '<svg xmlns="http://www.w3.org/2000/svg" width="512" height="96">' +
                '<rect width="512" height="96" fill="#fff"/>' +
                `<text x="24" y="60" font-family="DejaVu Sans" font-size="32">${escaped}</text></svg>`,
        ),
    )
        .png()
        .toBuffer();
}
