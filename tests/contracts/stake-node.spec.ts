import '@ton/test-utils';
import { beginCell, type Builder, Cell, external, type Message, toNano } from '@ton/core';
import { keyPairFromSeed, sha256_sync, sign } from '@ton/crypto';
import type { SendMessageResult } from '@ton/sandbox';
import {
    ErrorExpired,
    ErrorPadded,
    ErrorUnknownAction,
    ErrorWrongSeqno,
    ErrorWrongSignature,
    Stake as GeneratedStake,
} from '../../build/Stake/Stake_Stake';
import {
    accountId,
    contractCode,
    escrowInit,
    marketInit,
    nodeActionDigest,
    type NodeAction,
    type NodeActionHeader,
    signNodeAction,
    wrapNodeAction,
} from '../../wrappers';
import { expectConserved, openBooks } from './conservation';
import { refusalOf } from './trace';
import { type Client, GENEROUS, NETWORK, type Provider, World } from './world';

const op = GeneratedStake.opcodes;
const DECLINE: NodeAction = { kind: 'decline', jobId: 0 };

let world: World;
let provider: Provider;
let client: Client;

beforeEach(async () => {
    world = await World.create();
    provider = await world.provider('provider');
    client = await world.client();
    await world.post(client);
});

function header(change: Partial<NodeActionHeader> = {}): NodeActionHeader {
    return {
        stake: provider.stake.address,
        network: NETWORK,
        seqno: 0,
        validUntil: world.now + 60,
        client: client.wallet.address,
        index: 0,
        escrow: client.escrow.address,
        ...change,
    };
}

/** Sends words that no wrapper would write, well signed. */
function say(words: (body: Builder) => Builder): Promise<unknown> {
    const { seqno, validUntil } = header();
    const head = beginCell()
        .storeUint(seqno, 32)
        .storeUint(validUntil, 32)
        .storeUint(accountId(client.wallet.address), 256)
        .storeUint(0, 16);
    const body = words(head).endCell();
    const signature = sign(nodeActionDigest(header(), body), provider.key.secretKey);
    return provider.stake.sendNodeAction(wrapNodeAction(body, signature));
}

/** Expects that a message is not accepted, and so costs nothing. */
async function expectRefused(sending: Promise<unknown>, code: bigint | number): Promise<void> {
    const before = await world.balance(provider.stake.address);
    expect(await refusalOf(sending)).toBe(Number(code));
    expect(await world.balance(provider.stake.address)).toBe(before);
}

const send = (change: Partial<NodeActionHeader>, key = provider.key) =>
    provider.stake.sendNodeAction(signNodeAction(header(change), DECLINE, key.secretKey));

/** The same signed words with something more around them, as a stranger could send them first. */
function padded(): Message[] {
    const signed = signNodeAction(header(), DECLINE, provider.key.secretKey);
    const words = (): Builder => beginCell().storeSlice(signed.beginParse());
    const to = { to: provider.stake.address };
    const { init } = provider.stake;
    if (init === undefined) throw new Error('The Stake of the test has no StateInit.');
    return [
        external({ ...to, body: words().storeBit(false).endCell() }),
        external({ ...to, body: words().storeRef(Cell.EMPTY).endCell() }),
        external({ ...to, body: signed, init }),
    ];
}

describe('a node action', () => {
    it('holds its words and nothing else, since the Stake pays for its size', async () => {
        for (const message of padded()) {
            await expectRefused(world.chain.sendMessage(message), ErrorPadded);
        }
    });

    it('becomes a message of the Stake to the Escrow that it names', async () => {
        const books = openBooks(world.chain);
        const bid = await world.bid(provider, client, { price: toNano('0.5') });
        expect(bid.transactions).toHaveTransaction({
            from: provider.stake.address,
            to: client.escrow.address,
            success: true,
        });
        expect(await client.escrow.getOpenJob(0, world.now)).toMatchObject({
            bid: { price: toNano('0.5') },
        });
        expect(await provider.stake.getStake()).toMatchObject({
            seqno: 1n,
            locked: toNano('0.5'),
            lockedToday: toNano('0.5'),
        });
        expectConserved(books);
    });

    it('is refused under another key', async () => {
        const stranger = keyPairFromSeed(sha256_sync('stranger'));
        await expectRefused(send({}, stranger), ErrorWrongSignature);
    });

    it('is refused when it was signed for another network', async () => {
        await expectRefused(send({ network: -239 }), ErrorWrongSignature);
    });

    it('is refused when it was signed for another Stake, under the same node key even', async () => {
        const twin = await world.provider('twin');
        await twin.stake.sendSetNode(twin.operator.getSender(), GENEROUS, {
            nodeKey: provider.key.publicKey,
        });
        await expectRefused(send({ stake: twin.stake.address }), ErrorWrongSignature);
    });

    it('is refused when a bit of its body was changed after signing', async () => {
        const signed = signNodeAction(header(), DECLINE, provider.key.secretKey);
        const other = signNodeAction(header({ index: 1 }), DECLINE, provider.key.secretKey);
        const signature = signed.beginParse().skip(32).loadBuffer(64);
        const forged = wrapNodeAction(other.refs[0] ?? Cell.EMPTY, signature);
        await expectRefused(provider.stake.sendNodeAction(forged), ErrorWrongSignature);
    });

    it('is refused out of sequence and when it is repeated', async () => {
        await expectRefused(send({ seqno: 1 }), ErrorWrongSeqno);
        const signed = signNodeAction(header(), DECLINE, provider.key.secretKey);
        await provider.stake.sendNodeAction(signed);
        await expectRefused(provider.stake.sendNodeAction(signed), ErrorWrongSeqno);
        await expectRefused(send({ seqno: 0xffff_ffff }), ErrorWrongSeqno);
    });

    it('is taken until the second before it expires', async () => {
        await expectRefused(send({ validUntil: world.now }), ErrorExpired);
        await expectRefused(send({ validUntil: 0 }), ErrorExpired);
        await send({ validUntil: world.now + 1 });
        expect((await provider.stake.getStake()).seqno).toBe(1n);
    });

    it.each([
        ['nothing', (b: Builder) => b, 9],
        ['a word too short', (b: Builder) => b.storeUint(1, 31), 9],
        ['a text', (b: Builder) => b.storeUint(0, 32).storeStringTail('hello'), 388],
        [
            "an operator's word",
            (b: Builder) => b.storeUint(op.WithdrawStake, 32).storeUint(1, 128),
            388,
        ],
        ["an Escrow's word to the Stake", (b: Builder) => b.storeUint(op.Release, 32), 388],
        ["a client's word", (b: Builder) => b.storeUint(op.Cancel, 32).storeUint(0, 32), 388],
        ['a bid without its fields', (b: Builder) => b.storeUint(op.Bid, 32).storeUint(0, 32), 9],
    ])('is refused when it says %s', async (_, words, code) => {
        await expectRefused(say(words), code);
    });

    it('is refused when a word that is passed on as it is has more than its fields, or less', async () => {
        for (const opcode of [op.Decline, op.Concede]) {
            const words = (bits: number) => (b: Builder) =>
                b.storeUint(opcode, 32).storeUint(0, bits);
            await expectRefused(say(words(33)), ErrorUnknownAction);
            await expectRefused(say(words(31)), ErrorUnknownAction);
        }
    });

    it('carries nothing beyond the words of a bid or a claim to the Escrow', async () => {
        const ballast = beginCell().storeUint(1, 1000).endCell();
        const bids = (b: Builder) =>
            b
                .storeUint(op.Bid, 32)
                .storeUint(0, 32)
                .storeUint(1, 64)
                .storeUint(world.now + 60, 32)
                .storeUint(1, 64 + 256)
                .storeUint(7, 100)
                .storeRef(ballast);
        const trace = (await say(bids)) as SendMessageResult;
        const sent = trace.transactions[0]?.outMessages.get(0)?.body;
        expect(sent?.bits.length).toBe(816);
        expect(sent?.refs).toHaveLength(0);
    });

    it('is refused when cells hang on its words, for whose way the principal would pay', async () => {
        const ballast = beginCell().storeUint(1, 1000).endCell();
        await expectRefused(
            say((b) => b.storeUint(op.Decline, 32).storeUint(0, 32).storeRef(ballast)),
            ErrorUnknownAction,
        );
    });

    it('that bids goes where the node says, with no more than what a bid brings, and locks', async () => {
        // No Escrow but a genuine one can win the job; one that is none may keep what came.
        const thief = await world.chain.treasury('thief');
        const { bid, decline } = await world.market.getCosts();
        const before = await provider.stake.getStake();
        const action: NodeAction = {
            kind: 'bid',
            jobId: 0,
            lock: toNano('1'),
            lockUntil: world.now + 600,
            price: 1n,
            commitment: 1n,
        };
        const signed = signNodeAction(
            header({ escrow: thief.address }),
            action,
            provider.key.secretKey,
        );
        await provider.stake.sendNodeAction(signed);
        const after = await provider.stake.getStake();
        expect(before.operating - after.operating).toBeLessThan(bid);
        expect(bid).toBeLessThan(3n * decline);
        expect(after).toMatchObject({
            locked: toNano('1'),
            reserve: before.reserve,
            collateral: before.collateral,
        });
        world.wait(660);
        await world.post(client, { jobId: 1 });
        await world.bid(provider, client, { jobId: 1, price: toNano('0.5') });
        expect((await provider.stake.getStake()).locked).toBe(toNano('0.5'));
    });

    it('of any other kind reaches the Escrow of its own Market only, since that address is computed', async () => {
        const foreignMarket = marketInit(
            {
                owner: world.owner.address,
                network: NETWORK,
                timelockSeconds: 1,
                parameters: world.parameters,
            },
            await contractCode(),
        );
        const foreign = escrowInit(
            { ...world.deployment, market: foreignMarket.address },
            client.wallet.address,
        );
        const trace = await world.act(provider, client, DECLINE);
        expect(trace.transactions).not.toHaveTransaction({ to: foreign.address });
        expect(trace.transactions).toHaveTransaction({
            from: provider.stake.address,
            to: escrowInit(world.deployment, client.wallet.address).address,
        });
    });

    it('comes back with its value where there is no such Escrow', async () => {
        const nobody = await world.client('nobody');
        const books = openBooks(world.chain);
        const before = await provider.stake.getStake();
        await world.act(provider, nobody, {
            kind: 'bid',
            jobId: 0,
            lock: toNano('1'),
            lockUntil: world.now + 60,
            price: 1n,
            commitment: 1n,
        });
        await world.act(provider, nobody, DECLINE);
        const claim = { kind: 'claim', jobId: 0, bond: toNano('0.1'), key: 1n, settled: false };
        await world.act(provider, nobody, claim as NodeAction);
        const after = await provider.stake.getStake();
        expect(after).toMatchObject({ seqno: 3n, locked: 0n, collateral: before.collateral });
        expect(before.operating - after.operating).toBeLessThan(toNano('0.01'));
        expectConserved(books);
    });

    it('needs the new key from the moment of a rotation; the key of a job serves on', async () => {
        const fresh = keyPairFromSeed(sha256_sync('fresh'));
        await world.bid(provider, client, { price: toNano('0.5') });
        world.wait(2);
        await provider.stake.sendSetNode(provider.operator.getSender(), GENEROUS, {
            nodeKey: fresh.publicKey,
        });
        await expectRefused(send({ seqno: 1 }), ErrorWrongSignature);
        await world.commit(provider, client);
        expect(await client.escrow.getOpenJob(0, world.now)).toMatchObject({ state: 'committed' });
        await send({ seqno: 1 }, fresh);
        expect((await provider.stake.getStake()).seqno).toBe(2n);
    });
});
