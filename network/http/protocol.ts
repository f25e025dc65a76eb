/**
 * HTTP/1.1 on a stream, one connection on each:
 * https://github.com/libp2p/specs/blob/master/http/transport-libp2p.md
 */
export const HTTP_PROTOCOL = '/http/1.1';
