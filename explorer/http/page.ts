import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';
import { refuse } from '../../sdk/node';

/** Where a build puts the pages for people: beside this folder in `dist`. */
export const BUILT_PAGES = join(__dirname, '..', '..', 'web');

/**
 * No script and no style but files of the page, nothing inline, no frames. It may ask any node and
 * any endpoint of the chain: what they answer is parsed and shown as text.
 */
const POLICY = [
    "default-src 'none'",
    ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'"],
    "connect-src 'self' https: http://127.0.0.1:* http://localhost:*",
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "object-src 'none'"],
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
].join('; ');

const headers: RequestHandler = (_request, response, next) => {
    response.set({
        'Content-Security-Policy': POLICY,
        'Cross-Origin-Resource-Policy': 'same-origin',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
    });
    next();
};

/** Serves `explorer.html` and the files of the build that it asks for. */
export function explorerPage(folder = BUILT_PAGES): Router {
    const router = Router();
    const page = join(folder, 'explorer.html');
    router.get('/', headers, (request, response) => {
        // Its files are named relative to its folder.
        const { pathname } = new URL(request.originalUrl, 'http://localhost');
        if (!pathname.endsWith('/')) return response.redirect(308, `${pathname}/`);
        if (!existsSync(page)) {
            return refuse(response, 404, 'The page was not built: "npm run build:web" makes it.');
        }
        response.set('Cache-Control', 'no-cache');
        response.sendFile(page, { dotfiles: 'allow', cacheControl: false });
    });
    // Files under assets/ have the hash of their content in their names.
    const assets = express.static(join(folder, 'assets'), {
        dotfiles: 'allow',
        immutable: true,
        index: false,
        maxAge: '365d',
    });
    router.use('/assets', headers, assets);
    router.get('/icon.svg', headers, (_request, response) => {
        response.sendFile(join(folder, 'icon.svg'), { dotfiles: 'allow' });
    });
    return router;
}
