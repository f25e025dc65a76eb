import type {
    ConnectionEncrypter,
    MessageStream,
    MultiaddrConnection,
    SecuredConnection,
    StreamMuxerFactory,
    Upgrader,
} from '@libp2p/interface';
import type { AbstractMessageStream } from '@libp2p/utils';
import { yamux } from '@libp2p/yamux';
import { override } from '../override';
import type { Refusals } from '../refusals';
import { FrameWatch } from './frame-watch';
import { type Framing, LengthWatch, type LengthWatchOptions } from './length-watch';

/*
 * Wherever a peer says how much will come, something reads along: when the encryption is chosen
 * (raw), when the muxer is (encrypted, and before anybody knows what the peer is for), in the frames
 * of the muxer, and on each stream. A peer that breaks a limit loses its connection.
 */

/** Protocols of libp2p that read lengths by `lpStream`. */
const FRAMED: Readonly<Record<string, Framing>> = {
    '/ipfs/id/1.0.0': 'messages',
    '/ipfs/id/push/1.0.0': 'messages',
    '/cocoon/kad/1.0.0': 'messages',
    '/libp2p/autonat/1.0.0': 'messages',
    '/libp2p/dcutr': 'messages',
    '/webrtc-signaling/0.0.1': 'messages',
    // One message, then the bytes of the connection that is relayed.
    '/libp2p/circuit/relay/0.2.0/hop': 'message',
    '/libp2p/circuit/relay/0.2.0/stop': 'message',
};
const ENCRYPTIONS = new Set(['/tls/1.0.0', '/noise']);
const own = (): Framing => 'own';
const framingOf = (name: string): Framing => FRAMED[name] ?? 'own';

type YamuxFactory = ReturnType<ReturnType<typeof yamux>>;
type YamuxMuxer = ReturnType<YamuxFactory['createStreamMuxer']>;
type Inner = MessageStream & Pick<AbstractMessageStream, 'onData'>;
/** The protocols that this node speaks. */
interface WithRegistrar {
    readonly registrar: { getProtocols(): readonly string[] };
}
type EncrypterFactory<T> = (components: T) => ConnectionEncrypter;

/** Looks at the lengths that peers send. */
export class LengthGuard {
    readonly #refusals: Refusals;

    constructor(refusals: Refusals) {
        this.#refusals = refusals;
    }

    /** Watches a connection until its encryption is chosen. */
    readonly watchRaw = (connection: MultiaddrConnection): void => {
        // Whoever answers hears proposals, also where it dialled: see `hole-punch.ts`.
        const proposes = connection.direction === 'inbound' ? 'peer' : 'self';
        const speaks = (name: string) => ENCRYPTIONS.has(name);
        this.#watch(connection, { proposes, speaks, framingOf: own }, 'before encryption');
    };

    /** An encryption whose connections are watched until their muxer is chosen. */
    encryption<T extends { readonly upgrader: Upgrader }>(
        factory: EncrypterFactory<T>,
    ): EncrypterFactory<T> {
        return (components) => {
            const made = factory(components);
            const watched = (proposes: 'peer' | 'self', secured: SecuredConnection) => {
                if (secured.streamMuxer !== undefined) return secured;
                const speaks = (name: string) => components.upgrader.getStreamMuxers().has(name);
                const options = { proposes, speaks, framingOf: own };
                this.#watch(secured.connection, options, 'before the muxer');
                return secured;
            };
            const inbound: ConnectionEncrypter['secureInbound'] = async (connection, options) =>
                watched('peer', await made.secureInbound(connection, options));
            const outbound: ConnectionEncrypter['secureOutbound'] = async (connection, options) =>
                watched('self', await made.secureOutbound(connection, options));
            return override(override(made, 'secureInbound', inbound), 'secureOutbound', outbound);
        };
    }

    /** Yamux whose frames, and the streams in them, are watched. */
    yamux(
        init: Parameters<typeof yamux>[0],
        maxFrameBytes: number,
    ): (components: WithRegistrar) => StreamMuxerFactory {
        return (components) => {
            const made = yamux(init)();
            // Asked for later: it is not there yet.
            const speaks = (name: string) => components.registrar.getProtocols().includes(name);
            const create = (connection: MessageStream) => {
                const muxer = made.createStreamMuxer(connection);
                this.#watchFrames(muxer, maxFrameBytes);
                this.#watchStreams(muxer, connection, speaks);
                return muxer;
            };
            return override(made, 'createStreamMuxer', create);
        };
    }

    #watchFrames(muxer: YamuxMuxer, maxFrameBytes: number): void {
        const watch = new FrameWatch(maxFrameBytes);
        const take = muxer.onData.bind(muxer);
        muxer.onData = (data) => {
            try {
                watch.take(data);
            } catch (error) {
                this.#refusals.count('length: in a frame');
                throw error; // The muxer closes itself and the connection.
            }
            take(data);
        };
    }

    #watchStreams(
        muxer: YamuxMuxer,
        connection: MessageStream,
        speaks: (name: string) => boolean,
    ): void {
        const fail = (error: Error) => connection.abort(error);
        const come = muxer.onRemoteStream.bind(muxer);
        muxer.onRemoteStream = (stream) => {
            this.#watch(stream, { proposes: 'peer', speaks, framingOf }, 'on a stream', fail);
            come(stream);
        };
        const go = muxer.onCreateStream.bind(muxer);
        muxer.onCreateStream = () => {
            const stream = go();
            this.#watch(stream, { proposes: 'self', speaks, framingOf }, 'on a stream', fail);
            return stream;
        };
    }

    #watch(
        stream: MessageStream,
        options: LengthWatchOptions,
        where: string,
        fail: (error: Error) => void = (error) => stream.abort(error),
    ): void {
        const inner = stream as Inner;
        const watch = new LengthWatch(options);
        const take = inner.onData.bind(inner);
        let done = false;
        inner.onData = (data) => {
            try {
                done ||= watch.take(data);
            } catch (error) {
                this.#refusals.count(`length: ${where}`);
                return fail(error as Error);
            }
            take(data);
        };
    }
}
