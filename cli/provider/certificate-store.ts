import { join } from 'node:path';
import type { CertificateStore } from '../../network';
import type { Home } from '../config';
import { makePrivateFolder, readPrivateFile, writePrivateFile } from '../keystore';

/** Keeps the certificate of WebRTC, and with it the addresses that browsers know, over restarts. */
export function certificateStore({ provider }: Pick<Home, 'provider'>): CertificateStore {
    const path = join(provider.folder, 'webrtc.pem');
    return {
        read: async () => (await readPrivateFile(path))?.toString('utf8'),
        async write(text) {
            await makePrivateFolder(provider.folder);
            await writePrivateFile(path, text, { replace: true });
        },
    };
}
