/**
 * The content security policy of the pages. No script but their own files, nothing inline, no
 * eval. TON Connect's widget writes its styles into the page, so those may be inline.
 *
 * Nodes and endpoints of the chain may be anywhere: the page asks them by HTTPS, and on this machine
 * by HTTP. What they answer is only ever parsed, verified and shown as text.
 *
 * @param bridges - origins through which TON Connect talks to wallets
 * @param more - of a development server: what its reload needs; of a page that does without the
 * widget: no styles in it
 */
export function contentSecurityPolicy(
    bridges: readonly string[],
    more: { readonly connect?: readonly string[]; readonly inlineStyles?: boolean } = {},
): string {
    const local = ['http://127.0.0.1:*', 'http://localhost:*'];
    const connect = ["'self'", ...bridges, 'https:', ...local, ...(more.connect ?? [])];
    return [
        "default-src 'none'",
        "script-src 'self'",
        `style-src 'self'${more.inlineStyles === false ? '' : " 'unsafe-inline'"}`,
        "img-src 'self' blob: data:",
        "font-src 'self'",
        `connect-src ${connect.join(' ')}`,
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "object-src 'none'",
    ].join('; ');
}
