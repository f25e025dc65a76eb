import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RequestHandler, Router } from 'express';
import { refuse } from '../../sdk/node';

/** Where a build puts the page: see web/build.mjs. */
const BUILT = join(__dirname, 'web');

const FILES = [
    ['/', 'index.html'],
    ['/app.js', 'app.js'],
    ['/style.css', 'style.css'],
    ['/icon.svg', 'icon.svg'],
] as const;

/** The page loads nothing from elsewhere, runs no inline code, and cannot be framed. */
const POLICY = [
    "default-src 'none'",
    ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
    // Text never becomes markup: browsers that know this refuse the attempt.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
].join('; ');

/** For all that the page consists of and asks for. */
export const pageHeaders: RequestHandler = (_request, response, next) => {
    response.set({
        'Content-Security-Policy': POLICY,
        'Cross-Origin-Resource-Policy': 'same-origin',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
        'Cache-Control': 'no-store',
    });
    next();
};

/** The files of the page; nothing in them is secret. */
export function pageFiles(folder = BUILT): Router {
    const router = Router();
    for (const [path, name] of FILES) {
        router.get(path, pageHeaders, (_request, response) => {
            const file = join(folder, name);
            if (!existsSync(file)) {
                return refuse(response, 404, 'The page was not built: "npm run build" makes it.');
            }
            response.set('Cache-Control', 'no-cache');
            response.sendFile(file, { dotfiles: 'allow', cacheControl: false });
        });
    }
    return router;
}
