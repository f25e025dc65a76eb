import 'reflect-metadata';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import { BasicConstraintsExtension, PemConverter, X509CertificateGenerator } from '@peculiar/x509';

/**
 * The certificate of WebRTC on this node. It proves nothing by itself: peers know its hash from the
 * address of the node, and the node key is proven inside of the connection.
 */
export interface WebRtcCertificate {
    /** PKCS #8, PEM. */
    readonly privateKey: string;
    /** X.509, PEM. */
    readonly pem: string;
    /** Multihash (SHA-256) of the certificate in base64url, as it stands in addresses. */
    readonly certhash: string;
}

/** Where the certificate lies between two runs. */
export interface CertificateStore {
    /** Undefined where there is none yet. */
    read(): Promise<string | undefined>;
    write(text: string): Promise<void>;
}

const DAY_MS = 24 * 3600 * 1000;
/**
 * Peers compare the hash and do not look at the time (RFC 8827, section 6.5): the address of a node
 * stays the same for as long as the certificate does.
 */
const LIFETIME_MS = 10 * 365 * DAY_MS;
/** One that ends sooner is replaced at the start. */
const LEAST_MS = 30 * DAY_MS;
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** Codes of SHA-256 and of its length: https://multiformats.io/multihash/ */
const SHA_256 = [0x12, 32];
const PARTS = /-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g;

/**
 * The certificate of the last run, or a new one: what cannot be read or ends within 30 days is
 * replaced. Without a store it is a new one each time.
 *
 * @param now - milliseconds since 1970
 */
export async function webRtcCertificate(
    store: CertificateStore | undefined,
    now: number,
): Promise<WebRtcCertificate> {
    const kept = readCertificate((await store?.read()) ?? '', now);
    if (kept !== undefined) return kept;
    const made = await makeCertificate(now);
    await store?.write(`${made.pem}\n${made.privateKey}\n`);
    return made;
}

function readCertificate(text: string, now: number): WebRtcCertificate | undefined {
    const parts = new Map([...text.matchAll(PARTS)].map(([part, name]) => [name, part]));
    const pem = parts.get('CERTIFICATE');
    const privateKey = parts.get('PRIVATE KEY');
    if (pem === undefined || privateKey === undefined) return undefined;
    try {
        const certificate = new X509Certificate(pem);
        if (Date.parse(certificate.validTo) < now + LEAST_MS) return undefined;
        return { pem, privateKey, certhash: certhashOf(certificate.raw) };
    } catch {
        return undefined;
    }
}

/** ECDSA on P-256, which is what browsers have for WebRTC. */
async function makeCertificate(now: number): Promise<WebRtcCertificate> {
    const { subtle } = webcrypto;
    const keys = await subtle.generateKey(ECDSA, true, ['sign', 'verify']);
    // Whole seconds, as the format has them; a day for clocks that are slow.
    const second = Math.floor(now / 1000) * 1000;
    const certificate = await X509CertificateGenerator.createSelfSigned(
        {
            serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'),
            name: 'CN=WebRTC',
            notBefore: new Date(second - DAY_MS),
            notAfter: new Date(second + LIFETIME_MS),
            signingAlgorithm: ECDSA,
            keys,
            extensions: [new BasicConstraintsExtension(false, undefined, true)],
        },
        webcrypto,
    );
    const key = await subtle.exportKey('pkcs8', keys.privateKey);
    return {
        pem: certificate.toString('pem'),
        privateKey: PemConverter.encode(key, PemConverter.PrivateKeyTag),
        certhash: certhashOf(new Uint8Array(certificate.rawData)),
    };
}

function certhashOf(der: Uint8Array): string {
    const digest = createHash('sha256').update(der).digest();
    return `u${Buffer.from([...SHA_256, ...digest]).toString('base64url')}`;
}
