/** `/ip4/…/tcp/<port>` without more behind it. */
const TCP = /^(\/ip[46]\/[^/]+)\/tcp\/(\d+)$/;
const DIRECT = '/webrtc-direct';

/**
 * Where a node listens for browsers: the UDP port of the same number for each TCP port, unless WebRTC
 * addresses are among those that are given.
 */
export function withWebRtc(listen: readonly string[]): string[] {
    if (listen.some((one) => one.endsWith(DIRECT))) return [...listen];
    const more = listen.flatMap((one) => {
        const [, host, port] = TCP.exec(one) ?? [];
        return host === undefined || port === undefined ? [] : [`${host}/udp/${port}${DIRECT}`];
    });
    return [...listen, ...more];
}

/** Whether a browser can dial an address: of the node itself, or of a relay before it. */
export function isForBrowsers(address: string): boolean {
    return address.includes(`${DIRECT}/`);
}
