import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a browser holds once it has shown the token. Both halves are needed. */
export interface Session {
    /** In a cookie that scripts cannot read. Cookies are shared by all ports of a host. */
    readonly cookie: string;
    /** Kept by the page; what a page keeps is its port's alone. */
    readonly key: string;
}

/** Who may see and change what the page shows. */
export interface Sessions {
    isToken(text: string): boolean;
    open(): Session;
    holds(session: Session): boolean;
    /** The session holds no more, until the node starts anew: then what is left of its time counts. */
    end(session: Session): void;
    /** How long a session holds, milliseconds. */
    readonly lengthMs: number;
}

const DAY_MS = 86_400_000;
const LENGTH_MS = 7 * DAY_MS;

/**
 * Sessions are not stored: both halves are signed with the token (HMAC-SHA-256), so that they
 * outlive the process and end with the token.
 *
 * @param token - what the owner holds; asked for each time, since it may be replaced
 * @param now - milliseconds since 1970
 */
export function createSessions(token: () => string, now: () => number): Sessions {
    const ended = new Map<string, number>();
    const sign = (what: 'cookie' | 'key', id: string) =>
        createHmac('sha256', token()).update(`cocoon page ${what} ${id}`).digest('base64url');
    return {
        lengthMs: LENGTH_MS,
        isToken: (text) => same(text, token()),
        open() {
            const id = `${now() + LENGTH_MS}.${randomBytes(16).toString('base64url')}`;
            return { cookie: `${id}.${sign('cookie', id)}`, key: sign('key', id) };
        },
        holds({ cookie, key }) {
            const { id, until, signature } = partsOf(cookie);
            const signed = same(signature, sign('cookie', id));
            const matches = same(key, sign('key', id));
            return signed && matches && until > now() && !ended.has(id);
        },
        end(session) {
            if (!this.holds(session)) return;
            for (const [id, until] of ended) if (until <= now()) ended.delete(id);
            const { id, until } = partsOf(session.cookie);
            ended.set(id, until);
        },
    };
}

function partsOf(cookie: string): { id: string; until: number; signature: string } {
    const [until = '', nonce = '', signature = ''] = cookie.split('.');
    return { id: `${until}.${nonce}`, until: Number(until), signature };
}

/** In a time that tells nothing of either text. */
function same(a: string, b: string): boolean {
    const digest = (text: string) => createHash('sha256').update(text).digest();
    return timingSafeEqual(digest(a), digest(b));
}
