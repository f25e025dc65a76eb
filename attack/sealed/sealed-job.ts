import { identityManifest, identityModel } from '../../bench/identity-model';
import {
    encodeItem,
    encodeJobSpec,
    hashFromBigInt,
    type HashHex,
    type Privacy,
    sealKeyEnvelope,
    sha256,
    tensorOf,
} from '../../protocol';
import { createSealing, handOverKey, KEYS_PATH, prepareJob, type PreparedJob } from '../../sdk';
import type { PostOptions } from '../arena/arena';
import type { PostedJob } from '../arena/scene';
import type { Party } from '../books';
import type { RealProvider, Ring } from '../ring';

export type SealedPrivacy = Extract<Privacy, { readonly mode: 'sealed' }>;

/** A sealed job that a real node has won, and has no key of yet. */
export interface SealedJob {
    readonly posted: PostedJob;
    readonly contentKey: Uint8Array;
    readonly keyHash: HashHex;
}

/** A real node, in the books. */
export interface SealedProvider {
    readonly node: RealProvider;
    readonly party: Party;
}

/** An honest node, or one whose endpoint is what stands in front of it. */
export async function openProvider(
    ring: Ring,
    side: Party['side'],
    front?: (url: string) => Promise<string>,
): Promise<SealedProvider> {
    const node = await ring.realProvider(front);
    const accounts = [node.wallet.address, node.stake.address];
    return { node, party: await ring.books.open(`${side} of sealed jobs`, side, accounts) };
}

/** A sealed job of one number, given to one node alone, which wins it. */
export async function won(
    ring: Ring,
    { node }: SealedProvider,
    { change = (privacy) => privacy, ...options }: PostOptions & ChangeOptions = {},
): Promise<SealedJob> {
    const { contentKey, ...sealing } = createSealing();
    const sealed = prepareJob({
        manifest: identityManifest(),
        items: [encodeItem({ x: tensorOf('float32', [1], [1]) })],
        sources: [],
        sealing: { contentKey, ...sealing },
    });
    const job = changed(sealed, change);
    await node.take(job, [...job.blobs, identityModel()]);
    const posted = await ring.arena.post(job, options);
    await ring.arena.reached(posted, 'assigned');
    return { posted, contentKey, keyHash: privacyOf(job).keyHash };
}

interface ChangeOptions {
    /** What the client says of its keys, where not the truth. */
    readonly change?: (privacy: SealedPrivacy) => SealedPrivacy;
}

/** The client gives the key, as it should. */
export async function handOver(
    ring: Ring,
    { node }: SealedProvider,
    { keyHash, contentKey }: SealedJob,
): Promise<void> {
    await handOverKey({
        ...{ chain: ring.arena.chain, stake: node.stake.address, keyHash, contentKey },
    });
}

/** What the client sends to a node, as somebody on the line sees it. */
export async function envelopeFor(
    { node }: SealedProvider,
    { keyHash, contentKey }: SealedJob,
): Promise<Uint8Array> {
    const { nodeKey } = await node.stake.getStake();
    return sealKeyEnvelope(contentKey, keyHash, hashFromBigInt(nodeKey), { kind: 'work' });
}

/** Puts an envelope where clients put them. @returns the status of the answer */
export async function put(
    { node }: SealedProvider,
    keyHash: HashHex,
    envelope: Uint8Array,
): Promise<number> {
    const body = new Blob([Uint8Array.from(envelope)]);
    const { status } = await fetch(`${node.url}${KEYS_PATH}/${keyHash}`, { method: 'PUT', body });
    return status;
}

/** The key comes, and the job goes its way to a passed check. @returns how it ended */
export async function completed(
    ring: Ring,
    provider: SealedProvider,
    job: SealedJob,
): Promise<string> {
    await handOver(ring, provider, job);
    await ring.arena.reached(job.posted, 'committed');
    await ring.arena.accept(job.posted);
    await ring.finish(job.posted);
    ring.books.deliver(provider.party, ring.client, provider.node.price);
    return ring.story(job.posted);
}

export function privacyOf({ spec: { privacy } }: PreparedJob): SealedPrivacy {
    if (privacy.mode !== 'sealed') throw new TypeError('The job is not sealed.');
    return privacy;
}

function changed(job: PreparedJob, change: (privacy: SealedPrivacy) => SealedPrivacy): PreparedJob {
    const spec = { ...job.spec, privacy: change(privacyOf(job)) };
    const specBytes = encodeJobSpec(spec);
    return { ...job, spec, specBytes, specHash: sha256(specBytes) };
}
