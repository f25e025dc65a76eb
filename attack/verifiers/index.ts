import { Cell, toNano } from '@ton/core';
import { sha256 } from '../../protocol';
import type { Chain, Fetch } from '../../sdk';
import type { VerifierOptions } from '../../verifier';
import { accountId, decodeSealedOpening, verifierSeal } from '../../wrappers';
import type { Attack } from '../attack';
import { number, PRICE } from '../arena/scene';
import { tampered, type Tampering, unsent } from '../arena/tampered-chain';
import type { Ring, RingProvider, RingVerifier } from '../ring';

/** An honest provider's job, whose check the attacker has the luck to be drawn for. */
async function checkedBy(
    ring: Ring,
    honest: RingProvider,
    attackers: readonly RingVerifier[],
): Promise<string> {
    const nodes = attackers.map(({ node }) => node);
    const posted = await ring.soldWhen(honest, ({ draw }) => ring.leads(draw, nodes));
    await ring.arena.accept(posted);
    let opened = -1;
    for (;;) {
        const job = await ring.arena
            .runTo(posted, 'checking/open')
            .catch(async (error: unknown) => {
                if ((await ring.arena.look(posted)) === undefined) return undefined;
                throw error;
            });
        if (job?.state !== 'checking' || job.phase !== 'open' || job.round === opened) break;
        opened = job.round;
        await honest.node.open(posted);
    }
    const end = await ring.finish(posted);
    const paid = end === 'passed' || end === 'void-paid';
    if (paid) ring.books.deliver(honest.party, ring.client, PRICE);
    // A job without a finding is one whose result the client has for nothing.
    if (!paid) ring.books.deliver(honest.party, ring.client, 0n);
    return ring.story(posted);
}

/** An attack of one verifier that is drawn for the check of an honest provider. */
function misbehaving(
    name: string,
    how: string,
    options: Parameters<Ring['verifier']>[0],
    short?: true,
): Attack {
    return {
        name,
        role: 'verifier',
        how,
        ...(short && { short }),
        play: async (ring) => {
            const honest = await ring.provider('provider');
            const attacker = await ring.verifier(options);
            return { caughtBy: await checkedBy(ring, honest, [attacker]) };
        },
        stated: { verifier: toNano('0.02') },
    };
}

/** Answers without executing: a number from the item's hash. */
const guesses = {
    execute: (_class: unknown, _model: unknown, item: Uint8Array) =>
        Promise.resolve({
            status: 'done' as const,
            output: number((sha256(item)[0] ?? 0) / 7),
            elapsedMs: 1,
        }),
};

const withTampering = (tampering: Tampering): Parameters<Ring['verifier']>[0] => {
    return ({ chain }) => ({ chain: tampered(chain, tampering) });
};

/** Reveals, in place of what was sealed, what the provider has opened meanwhile. */
function copying(chain: Chain): Tampering {
    return (escrow) => ({
        sendReveal: async (reveal, claim) => {
            const job = await escrow.getOpenJob(reveal.jobId, await chain.now());
            const opened = job?.state === 'checking' ? job.opened : undefined;
            if (opened === undefined) throw new Error('The provider has opened nothing.');
            await escrow.sendReveal({ ...reveal, kind: 'sketch', sketch: opened }, claim);
        },
    });
}

/** Seals a guess to the provider, and on chain what it was told for that. */
function equivocating({ chain }: { readonly chain: Chain }): Partial<VerifierOptions> {
    let told: Cell | undefined;
    const listening: Fetch = async (url, init) => {
        const response = await fetch(url, init);
        if (!url.includes('/seals/') || !response.ok) return response;
        const [cell] = Cell.fromBoc(Buffer.from(await response.clone().arrayBuffer()));
        told = cell && decodeSealedOpening(cell).sketch;
        return response;
    };
    const copying: Tampering = (escrow) => ({
        sendSeal: async (sealed, secretKey) => {
            const job = await escrow.getOpenJob(sealed.jobId, await chain.now());
            const stake = job?.state === 'checking' ? job.verifier?.stake : undefined;
            if (told === undefined || stake === undefined) throw new Error('Nothing was told.');
            const key = BigInt(`0x${Buffer.from(secretKey.slice(32)).toString('hex')}`);
            const seal = verifierSeal(told, 1n, accountId(stake), key);
            await escrow.sendSeal({ ...sealed, seal }, secretKey);
        },
    });
    return { ...guesses, fetch: listening, chain: tampered(chain, copying) };
}

/** Seals and reveals as it should, and says that the sketch is not of the committed leaf. */
const accuse: Tampering = (escrow) => ({
    sendReveal: (reveal, claim) => escrow.sendReveal({ ...reveal, kind: 'broken-binding' }, claim),
});

const claimDataMissing: Tampering = (escrow) => ({
    sendReveal: (reveal, claim) => escrow.sendReveal({ ...reveal, kind: 'missing-data' }, claim),
});

export const verifiers: readonly Attack[] = [
    misbehaving(
        'copies',
        'executes nothing, seals something, and reveals the sketch that the provider has opened',
        ({ chain }) => ({ ...guesses, chain: tampered(chain, copying(chain)) }),
        true,
    ),
    {
        ...misbehaving(
            'equivocates',
            'executes nothing, gives the provider some seal, and posts that of the sketch that it was told',
            equivocating,
        ),
        play: async (ring) => {
            const honest = await ring.provider('provider');
            honest.node.answersSeals = true;
            const attacker = await ring.verifier(equivocating);
            return { caughtBy: await checkedBy(ring, honest, [attacker]) };
        },
    },
    misbehaving(
        'guesses',
        'executes nothing and seals a guess: it cannot pass a result that it does not know',
        () => guesses,
    ),
    misbehaving(
        'reports a broken binding',
        'says of a right opening that it is not of the committed leaf',
        withTampering(accuse),
        true,
    ),
    misbehaving(
        'reports missing data',
        'says of data that is served that it is not',
        withTampering(claimDataMissing),
    ),
    misbehaving(
        'never seals',
        'claims the place and does nothing with it',
        withTampering(() => ({ sendSeal: unsent })),
    ),
    misbehaving(
        'never reveals',
        'seals and then says nothing, to waste what the provider has opened',
        withTampering(() => ({ sendReveal: unsent })),
    ),
    {
        name: 'sybils that seal and stall',
        role: 'verifier',
        how: 'comes with four stakes, takes the place in each round and a part of the jury, and never reveals',
        play: async (ring) => {
            const honest = await ring.provider('provider');
            const stalling = withTampering(() => ({ sendReveal: unsent, sendJurorReveal: unsent }));
            const sybils: RingVerifier[] = [];
            for (let n = 0; n < 4; n++) sybils.push(await ring.verifier(stalling));
            return { caughtBy: await checkedBy(ring, honest, sybils) };
        },
        // The provider may end with a void job: its work is lost, its stake is not.
        stated: { verifier: toNano('0.03'), provider: PRICE + toNano('0.01') },
    },
    {
        name: 'a juror that finds against the others',
        role: 'verifier',
        how: 'sits in the jury of a cheat and swears that its made-up result is right',
        play: async (ring) => {
            const cheat = await ring.provider('attacker');
            const friend = await ring.verifier(() => ({
                execute: () =>
                    Promise.resolve({ status: 'done' as const, output: number(0.5), elapsedMs: 1 }),
            }));
            const posted = await ring.soldWhen(
                cheat,
                ({ draw }) => !ring.leads(draw, [friend.node]),
                () => number(0.5),
            );
            await ring.arena.accept(posted);
            await ring.runTo(posted, 'checking/open');
            await cheat.node.open(posted);
            await ring.finish(posted);
            return { caughtBy: await ring.story(posted) };
        },
    },
    {
        name: 'a stake topped up after the draw',
        role: 'verifier',
        how: 'puts 100 GRAM into its stake once it knows the draw, for a lower ticket',
        play: async (ring) => {
            const honest = await ring.provider('provider');
            const attacker = await ring.verifier(() => ({}));
            const { wallet, stake } = attacker.node;
            await ring.arena.devnet.faucet(wallet.address, toNano('110'));
            attacker.party.goods -= toNano('110');
            const posted = await ring.soldWhen(
                honest,
                ({ draw }) => !ring.leads(draw, [attacker.node]),
            );
            await ring.arena.accept(posted);
            const { old } = await stake.getStanding();
            const deposit = { reserve: toNano('100'), collateral: 0n };
            // Ages count in seconds, and none is asked for here.
            await ring.arena.devnet.advanceTime(1);
            await stake.sendDeposit(wallet, toNano('100.1'), deposit);
            await ring.runTo(posted, 'checking/open');
            const job = await ring.arena.look(posted);
            const taken =
                job?.state === 'checking' && job.verifier?.stake.equals(stake.address) === true;
            const { old: after } = await stake.getStanding();
            await honest.node.open(posted);
            await ring.finish(posted);
            ring.books.deliver(honest.party, ring.client, PRICE);
            if (taken || after !== old) throw new Error('What came after the draw weighed.');
            return { caughtBy: 'not drawn; its old weight is unchanged' };
        },
    },
];
