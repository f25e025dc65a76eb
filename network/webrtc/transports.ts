import type { StreamMuxerFactory, Transport, Upgrader } from '@libp2p/interface';
import type { Libp2pOptions } from 'libp2p';
import { PeerError } from '../errors';
import { override } from '../override';
import type { LengthGuard } from '../secure/guard';
import { admitBy, type AdmissionLimits, arrangeBy } from './admission';
import { type CertificateStore, webRtcCertificate } from './certificate';
import type * as Library from './library';

export interface WebRtcOptions {
    /** Keeps the certificate, and so the address, over restarts. */
    readonly store?: CertificateStore | undefined;
    /** STUN servers that tell a node behind a NAT where it is seen: `stun:<host>:<port>`. */
    readonly stun?: readonly string[] | undefined;
}

type Transports = NonNullable<Libp2pOptions['transports']>;

/**
 * The transports for browsers: webrtc-direct, which listens on UDP and is dialled without any
 * certificate authority, and WebRTC that two peers arrange through a relay.
 *
 * @throws PeerError `WEBRTC_MISSING`
 */
export async function webRtcTransports(
    { store, stun = [] }: WebRtcOptions,
    limits: AdmissionLimits,
    guard: LengthGuard,
): Promise<Transports> {
    const { webRTC, webRTCDirect } = loadWebRtc();
    const direct = webRTCDirect({
        certificate: await webRtcCertificate(store, Date.now()),
        // Whoever listens on a public address needs nobody to tell which.
        rtcConfiguration: { iceServers: [] },
    });
    const arranged = webRTC({ rtcConfiguration: { iceServers: stun.map((urls) => ({ urls })) } });
    return [
        (components) => admitBy(limits, watched(components, guard, direct)),
        (components) => arrangeBy(limits, watched(components, guard, arranged)),
    ];
}

type Components = Parameters<Transports[number]>[0];

/** A transport whose connections are watched: it hands its own muxer to the upgrader. */
function watched(
    components: Components,
    guard: LengthGuard,
    make: (components: Components) => Transport,
): Transport {
    const watch = (upgrader: Upgrader): Upgrader => {
        const muxer = <T extends { muxerFactory?: StreamMuxerFactory }>(options: T): T => {
            const { muxerFactory } = options;
            if (muxerFactory === undefined) return options;
            return { ...options, muxerFactory: guard.channels(muxerFactory, components) };
        };
        const inbound: Upgrader['upgradeInbound'] = (connection, options) =>
            upgrader.upgradeInbound(connection, muxer(options));
        const outbound = ((connection, options) =>
            upgrader.upgradeOutbound(
                connection,
                options && muxer(options),
            )) as Upgrader['upgradeOutbound'];
        return override(override(upgrader, 'upgradeInbound', inbound), 'upgradeOutbound', outbound);
    };
    const parts = new Proxy(components, {
        get: (target, key) =>
            key === 'upgrader' ? watch(target.upgrader) : (Reflect.get(target, key) as unknown),
    });
    const made = make(parts);
    const dial = made.dial.bind(made);
    const listen = made.createListener.bind(made);
    return Object.assign(made, {
        dial: (...[address, options]: Parameters<Transport['dial']>) =>
            dial(address, { ...options, upgrader: watch(options.upgrader) }),
        createListener: (options: Parameters<Transport['createListener']>[0]) =>
            listen({ ...options, upgrader: watch(options.upgrader) }),
    });
}

/**
 * Loads the engine.
 *
 * @throws PeerError `WEBRTC_MISSING`
 */
export function loadWebRtc(): typeof Library {
    try {
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        return require('./library') as typeof Library;
    } catch (cause) {
        throw new PeerError(
            'WEBRTC_MISSING',
            'WebRTC cannot be loaded: the package node-datachannel is not there, or not for this machine.',
            'Install it beside Cocoon, npm install --global node-datachannel@0.33.4, or set ' +
                'provider.peers.webrtc to false: then pages in browsers reach this node by a public URL alone.',
            cause,
        );
    }
}
