import type * as NetworkModule from '../../../network';
import type { Config } from '../../config';
import { BY_KEY } from '../../config';
import { namedUrl } from '../public-url';
import { type Check, failed, ok, warning } from './check';

/** Whether pages in browsers can reach the node over the peer-to-peer network, if it is in it. */
export function webRtcChecks(config: Config): Check[] {
    const { on, webrtc } = config.provider.peers;
    if (!on) return [];
    let missing: unknown;
    try {
        // Loaded when it is needed, as all of the peer-to-peer network.
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        (require('../../../network') as typeof NetworkModule).loadWebRtc();
    } catch (error) {
        missing = error;
    }
    if (webrtc) {
        if (missing !== undefined) return [failed('reachability', missing)];
        return [
            ok('reachability', 'WebRTC is there: pages in browsers can reach this node by it.'),
        ];
    }
    if (namedUrl(config) !== BY_KEY) return [];
    const install = 'install the package node-datachannel beside Cocoon (0.33.4), then ';
    return [
        warning(
            'reachability',
            'Jobs of pages in browsers are not for this node: it has no public URL, and WebRTC is off.',
            `To have them, ${missing === undefined ? '' : install}set provider.peers.webrtc to true.`,
        ),
    ];
}
