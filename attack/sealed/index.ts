import { randomBytes } from 'node:crypto';
import {
    asHash,
    ENVELOPE_BYTES,
    HASH_BYTES,
    hashToHex,
    openKeyEnvelope,
    SealError,
} from '../../protocol';
import { leafContext } from '../../sdk';
import type { Attack } from '../attack';
import { PRICE } from '../arena/scene';
import type { Ring } from '../ring';
import { openFront } from './front';
import { completed, envelopeFor, handOver, openProvider, put, won } from './sealed-job';

/** A stranger with a wallet, which it needs for nothing here. */
async function stranger(ring: Ring): Promise<void> {
    const wallet = await ring.arena.fund('5');
    await ring.attacker([wallet.address]);
}

/** @throws Error where a node answered otherwise: then the attack has worked, whatever it gained */
function mustBe(wanted: readonly number[], statuses: readonly number[]): void {
    const other = statuses.find((status) => !wanted.includes(status));
    if (other !== undefined) throw new Error(`A node answered ${other}.`);
}

/** How often each status came, as `3 x 422`. */
function counted(statuses: readonly number[]): string {
    const kinds = [...new Set(statuses)];
    return kinds
        .map((kind) => `${statuses.filter((status) => status === kind).length} x ${kind}`)
        .join(', ');
}

/** Status of an envelope that does not open to the key that it stands for. */
const REFUSED = 422;
/** What a winner says to the node that is drawn to check it. */
const NO_KEY = 'no key';
const WRONG_KEY = 'a wrong key';
/** Bytes of the answer to a drawn node: the hash of a key and its envelope, for a job of one item. */
const ANSWER_BYTES = HASH_BYTES + ENVELOPE_BYTES;

/** Attacks on who gets which key of a sealed job. */
export const sealed: readonly Attack[] = [
    {
        name: 'a tampered envelope',
        role: 'stranger',
        how: 'changes the envelope with the key on its way to the winner, in each of its parts, for the winner to work with a wrong key or with none',
        short: true,
        play: async (ring) => {
            await stranger(ring);
            const honest = await openProvider(ring, 'provider');
            const job = await won(ring, honest);
            const envelope = await envelopeFor(honest, job);
            const statuses: number[] = [];
            // The encapsulated key, the key that is encrypted, and the tag.
            for (const at of [0, 31, 32, 63, ENVELOPE_BYTES - 1]) {
                const changed = Uint8Array.from(envelope);
                changed[at] = (changed[at] ?? 0) ^ 1;
                statuses.push(await put(honest, job.keyHash, changed));
            }
            mustBe([REFUSED], statuses);
            const { state } = (await ring.arena.look(job.posted)) ?? { state: 'over' };
            const end = await completed(ring, honest, job);
            return { caughtBy: `refused (${counted(statuses)}; job ${state}), then ${end}` };
        },
    },
    {
        name: 'an envelope replayed to another job',
        role: 'stranger',
        how: 'gives the envelope of one job to the same node for another, and to another node for the same job',
        play: async (ring) => {
            await stranger(ring);
            const [one, two] = [
                await openProvider(ring, 'provider'),
                await openProvider(ring, 'provider'),
            ];
            const first = await won(ring, one);
            const envelope = await envelopeFor(one, first);
            const firstEnd = await completed(ring, one, first);
            const second = await won(ring, one);
            const statuses = [
                await put(one, second.keyHash, envelope),
                await put(two, first.keyHash, envelope),
                await put(two, second.keyHash, envelope),
            ];
            mustBe([REFUSED], statuses);
            const end = await completed(ring, one, second);
            return { caughtBy: `${firstEnd}; replayed: ${counted(statuses)}, then ${end}` };
        },
        // Two jobs, each checked.
        stated: { verifier: 20_000_000n, client: 2n * PRICE + 30_000_000n },
    },
    {
        name: 'key of a sealed job withheld, or a wrong one',
        role: 'provider',
        how: 'commits to results of a sealed job, and gives the drawn node and the jury no key, or a wrong one, so that nobody can check them',
        cases: [NO_KEY, WRONG_KEY],
        play: async (ring, { name }) => {
            const answer = () => (name === NO_KEY ? undefined : randomBytes(ANSWER_BYTES));
            const fronts: Awaited<ReturnType<typeof openFront>>[] = [];
            try {
                const cheat = await openProvider(ring, 'attacker', async (url) => {
                    const front = await openFront(url, answer);
                    fronts.push(front);
                    return front.url;
                });
                const job = await won(ring, cheat);
                await handOver(ring, cheat, job);
                await ring.arena.reached(job.posted, 'committed');
                // Its results are right, and count for nothing here: the attacker is better off so.
                await ring.arena.accept(job.posted);
                await ring.finish(job.posted);
                const asked = fronts.reduce((sum, front) => sum + front.asked, 0);
                const end = await ring.story(job.posted);
                return { caughtBy: asked > 0 ? end : `${end}; nobody asked for a key` };
            } finally {
                for (const front of fronts) await front.stop();
            }
        },
    },
    {
        name: 'asks for a key without being drawn',
        role: 'verifier',
        how: 'asks the winner for the key of an item before, during and after the check, as itself and in the name of the node that was drawn',
        play: async (ring) => {
            const honest = await openProvider(ring, 'provider');
            const curious = await ring.arena.verifierWithoutNode(
                `curious ${randomBytes(4).toString('hex')}`,
            );
            try {
                const accounts = [curious.wallet.address, curious.stake.address];
                await ring.attacker(accounts);
                const job = await won(ring, honest);
                const { escrow, jobId } = job.posted;
                const base = `${honest.node.url}/keys/${escrow.address.toRawString()}/${jobId}`;
                const askAs = (stake: { readonly address: typeof escrow.address }) =>
                    fetch(`${base}/${stake.address.toRawString()}`);
                const own: number[] = [];
                const ask = async () => own.push((await askAs(curious.stake)).status);
                await ask();
                await handOver(ring, honest, job);
                await ring.arena.reached(job.posted, 'committed');
                await ask();
                await ring.arena.accept(job.posted);
                const view = await ring.runTo(job.posted, 'checking/seal');
                await ask();
                const drawn = view.state === 'checking' ? view.verifier?.stake : undefined;
                if (drawn === undefined) throw new Error('Nobody is drawn.');
                const answer = await askAs({ address: drawn });
                const bytes = new Uint8Array(await answer.arrayBuffer());
                const opened = await openKeyEnvelope(
                    bytes.subarray(HASH_BYTES, ANSWER_BYTES),
                    hashToHex(asHash(bytes.subarray(0, HASH_BYTES))),
                    curious.keys.secretKey,
                    {
                        kind: 'check',
                        ...leafContext(escrow.address, jobId),
                        index: 0,
                        stake: { workchain: drawn.workChain, hash: drawn.hash },
                    },
                ).then(
                    () => 'opens',
                    (error: unknown) => (error instanceof SealError ? error.code : 'fails'),
                );
                await ring.finish(job.posted);
                await ask();
                mustBe([403, 404], own);
                if (opened === 'opens') throw new Error('It opens what is for another node.');
                ring.books.deliver(honest.party, ring.client, honest.node.price);
                const end = await ring.story(job.posted);
                return {
                    caughtBy: `${counted(own)}; the drawn node's envelope: ${answer.status}, ${opened}; ${end}`,
                };
            } finally {
                await ring.arena.dismiss(curious);
            }
        },
    },
    {
        name: 'commits to keys that are none',
        role: 'client',
        how: 'names other keys of the items in its spec than its key gives, so that a winner could show nobody what it sealed with, and would be convicted',
        short: true,
        play: async (ring) => {
            const client = await ring.newClient();
            const honest = await openProvider(ring, 'provider');
            const job = await won(ring, honest, {
                client: client.wallet,
                change: (privacy) => ({ ...privacy, itemKeys: privacy.keyHash }),
            });
            await handOver(ring, honest, job);
            const end = await ring.finish(job.posted);
            const { convicted } = await honest.node.stake.getStanding();
            return {
                caughtBy: `${end}: the winner gives it back${convicted ? ', convicted' : ''}`,
            };
        },
    },
];
