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
 * of the muxer, and on each stream. A peer that breaks a limit loses its connection. WebRTC brings a
 * muxer of its own, in which each stream is a channel with frames.
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

/** A frame on a channel of WebRTC: four times what the specification of libp2p allows, bytes. */
const MAX_CHANNEL_FRAME_BYTES = 64 * 1024;

type YamuxFactory = ReturnType<ReturnType<typeof yamux>>;
type YamuxMuxer = ReturnType<YamuxFactory['createStreamMuxer']>;
type Inner = MessageStream & Pick<AbstractMessageStream, 'onData'>;
/** A muxer whose streams can be watched. */
interface WatchedMuxer {
    onRemoteStream(stream: Inner): void;
    onCreateStream(options: object): Inner | Promise<Inner>;
}
/** What is used here of the muxer of @libp2p/webrtc 6.0, and of its channels. */
interface ChannelMuxer extends WatchedMuxer {
    onDataChannel(channel: Channel, early?: readonly ChannelMessage[]): void;
}
interface Channel {
    onmessage: ((message: ChannelMessage) => void) | null;
}
interface ChannelMessage {
    readonly data: ArrayBuffer;
}
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

    /**
     * A muxer of WebRTC whose channels, and the streams in them, are watched.
     *
     * @throws TypeError where the library is another one than this was written for
     */
    channels(factory: StreamMuxerFactory, { registrar }: WithRegistrar): StreamMuxerFactory {
        const speaks = (name: string) => registrar.getProtocols().includes(name);
        const create = (connection: MessageStream) => {
            const made = factory.createStreamMuxer(connection);
            const muxer = made as unknown as ChannelMuxer;
            if (typeof muxer.onDataChannel !== 'function') {
                throw new TypeError('The watch of lengths does not fit this @libp2p/webrtc.');
            }
            this.#watchChannels(muxer, connection);
            this.#watchStreams(muxer, connection, speaks);
            return made;
        };
        return override(factory, 'createStreamMuxer', create);
    }

    #watchChannels(muxer: ChannelMuxer, connection: MessageStream): void {
        const watcher = () => {
            const watch = LengthWatch.ofMessages(MAX_CHANNEL_FRAME_BYTES);
            return ({ data }: ChannelMessage): boolean => {
                try {
                    watch.take(new Uint8Array(data));
                    return true;
                } catch (error) {
                    this.#refusals.count('length: in a frame');
                    connection.abort(error as Error);
                    return false;
                }
            };
        };
        const follow = (channel: Channel, mayTake: (message: ChannelMessage) => boolean) => {
            const take = channel.onmessage;
            channel.onmessage = (message) => {
                if (mayTake(message)) take?.call(channel, message);
            };
        };
        const come = muxer.onDataChannel.bind(muxer);
        muxer.onDataChannel = (channel, early = []) => {
            const mayTake = watcher();
            // They came before the muxer was there.
            if (!early.every(mayTake)) return;
            come(channel, early);
            follow(channel, mayTake);
        };
        const go = muxer.onCreateStream.bind(muxer);
        muxer.onCreateStream = async (options) => {
            const stream = await go(options);
            follow((stream as Inner & { readonly channel: Channel }).channel, watcher());
            return stream;
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
        muxer: WatchedMuxer,
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
        const watched = (stream: Inner) => {
            this.#watch(stream, { proposes: 'self', speaks, framingOf }, 'on a stream', fail);
            return stream;
        };
        muxer.onCreateStream = (options) => {
            const made = go(options);
            return made instanceof Promise ? made.then(watched) : watched(made);
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
