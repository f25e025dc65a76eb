import { generateKeyPair } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import type { Libp2p } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { tls } from '@libp2p/tls';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { providePlatform } from '../../network/platform';

providePlatform();

/** A peer with a key of its own and nothing of Cocoon, that dials from an address of its own. */
export async function barePeer(localAddress: string): Promise<Libp2p> {
    return createLibp2p({
        privateKey: await generateKeyPair('Ed25519'),
        transports: [tcp({ dialOpts: { localAddress } as object })],
        connectionEncrypters: [tls()],
        streamMuxers: [yamux()],
        connectionGater: { denyDialMultiaddr: () => false },
        services: { identify: identify() },
    });
}
