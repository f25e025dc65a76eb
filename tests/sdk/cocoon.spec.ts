import { Address, Cell, type SenderArguments, toNano } from '@ton/core';
import { identityManifest, identityModel } from '../../bench/identity-model';
import { tensorOf, tensorValues } from '../../protocol';
import {
    type Cocoon,
    type CocoonOptions,
    createCocoon,
    createMemoryShelf,
    decodeTicket,
    type JobEvent,
    type JobResult,
    type JobShelf,
    type JobTicket,
    pushBlob,
    readJobHistory,
    type Submission,
    type SubmitRequest,
    tonConnectSender,
} from '../../sdk';
import { PRICE, until, World } from '../provider/world';

let world: World;
beforeAll(async () => {
    world = await World.create();
    // The model alone is served; inputs are given to the node.
    await world.stage.blobs.write(identityModel());
    const { provider } = world.stage.operators[0]!;
    await pushBlob(identityModel(), `${provider.url}/blobs`);
});
afterAll(() => world.stop());

function client(options: Partial<CocoonOptions> = {}): Cocoon {
    const { devnet, market, client: sender } = world.stage;
    return createCocoon({
        endpoint: devnet.endpoint,
        market: market.address,
        sender,
        pollMs: 10,
        ...options,
    });
}

function request(values: readonly number[], options: Partial<SubmitRequest> = {}): SubmitRequest {
    const price = PRICE * BigInt(values.length);
    return {
        manifest: identityManifest(),
        items: values.map((value) => new Map([['x', tensorOf('float32', [1], [value])]])),
        ceiling: 2n * price,
        takePrice: price,
        commitWindowSeconds: 60,
        ...options,
    };
}

function valuesOf({ items }: JobResult): unknown[] {
    return items.map((item) => {
        const y = item.status === 'done' ? item.output.get('y') : undefined;
        return y && tensorValues(y)[0];
    });
}

async function kindsOf(submission: Submission): Promise<JobEvent['kind'][]> {
    const kinds: JobEvent['kind'][] = [];
    for await (const { kind } of submission) kinds.push(kind);
    return kinds;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
    return work.then(
        () => undefined,
        (error: unknown) => error,
    );
}

/** Leaves a job alone once it is posted. */
async function posted(submission: Submission, shelf: JobShelf): Promise<[string, JobTicket]> {
    for await (const { kind } of submission) if (kind === 'posted') break;
    submission.stop();
    await failureOf(submission.result);
    const id = await submission.id;
    const kept = await shelf.get(id);
    if (kept === undefined) throw new Error('The job was not kept.');
    return [id, decodeTicket(kept.ticket)];
}

describe('A client of a market', () => {
    it('says what a job costs, and has it done by nodes that the chain shows', async () => {
        const cocoon = client();
        const { ceiling } = request([1, 2]);
        const estimate = await cocoon.estimate({ ceiling, items: 2 });
        expect(estimate.value).toBe(ceiling + estimate.assurance + estimate.gas + estimate.rent);

        const submission = cocoon.submit(request([1.5, 2.5]));
        const [kinds, again, result] = await Promise.all([
            kindsOf(submission),
            kindsOf(submission),
            submission.result,
        ]);
        expect(valuesOf(result)).toEqual([1.5, 2.5]);
        expect(kinds.slice(0, 3)).toEqual(['estimated', 'announced', 'posted']);
        expect(kinds).toEqual(expect.arrayContaining(['bid', 'committed', 'verified']));
        // Each reader has all events, also one that comes when all is over.
        expect(again).toEqual(kinds);
        expect(await kindsOf(submission)).toEqual(kinds);
        const [kept] = await cocoon.jobs();
        expect(kept).toMatchObject({ id: await submission.id, state: 'done', label: 'identity' });
    });

    it('posts several jobs of one wallet side by side', async () => {
        const cocoon = client();
        const jobs = [1, 2, 3].map((value) => cocoon.submit(request([value])));
        const results = await Promise.all(jobs.map(({ result }) => result));
        expect(results.map(valuesOf)).toEqual([[1], [2], [3]]);
        expect(new Set(results.map(({ ticket }) => ticket.jobId)).size).toBe(3);
    });

    it('goes on with a job after its page was closed', async () => {
        const shelf = createMemoryShelf();
        const first = client({ shelf }).submit(request([7]));
        for await (const { kind } of first) if (kind === 'posted') break;
        first.stop();
        await failureOf(first.result);
        const [kept] = await shelf.list();

        const later = client({ shelf, sender: undefined });
        expect(valuesOf(await later.result(kept!.id))).toEqual([7]);
        expect(await shelf.get(kept!.id)).toMatchObject({ state: 'done', blobs: [] });
    });

    it('posts under its ticket what was never sent', async () => {
        const shelf = createMemoryShelf();
        const { client: wallet } = world.stage;
        const dead = { address: wallet.address, send: () => Promise.reject(new Error('crash')) };
        const wishes = { payUnverified: false, checkRate: 10_000, keep: true };
        const first = client({ shelf, sender: dead }).submit(request([8], wishes));
        await expect(first.result).rejects.toThrow('crash');
        const [kept] = await shelf.list();
        expect(kept?.state).toBe('kept');

        // Another wallet has another Escrow, where the ticket is for nothing.
        const stranger = await world.stage.fund('1');
        const elsewhere = client({ shelf, sender: stranger }).resume(kept!.id);
        await expect(elsewhere.result).rejects.toMatchObject({ code: 'WALLET_SWITCHED' });

        const resumed = client({ shelf }).resume(kept!.id);
        expect(valuesOf(await resumed.result)).toEqual([8]);
        expect(await resumed.id).toBe(kept!.id);
        const { escrow, jobId } = decodeTicket(kept!.ticket);
        const { terms } = await readJobHistory({ chain: world.stage.chain, escrow, jobId });
        expect(terms).toMatchObject(wishes);
        await expect(client({ shelf }).resume('0:00/1').result).rejects.toMatchObject({
            code: 'JOB_UNKNOWN',
        });
    });

    it('accepts a result that came while nobody looked, without a wallet', async () => {
        const shelf = createMemoryShelf();
        const [id, ticket] = await posted(client({ shelf }).submit(request([9])), shelf);
        await until(async () => (await world.openJob(ticket))?.state === 'committed');
        await client({ shelf, sender: undefined }).accept(id);
        expect(await world.openJob(ticket)).toBeUndefined();
        const { closing } = await readJobHistory({ chain: world.stage.chain, ...ticket });
        expect(closing?.outcome).toBe('accepted');
    });

    it('takes a job back that nobody has won, and disputes nothing that was not found', async () => {
        const shelf = createMemoryShelf();
        const cocoon = client({ shelf });
        const cheap = request([10], { ceiling: PRICE - 1n, takePrice: 0n });
        const [id, ticket] = await posted(cocoon.submit(cheap), shelf);
        for (const disputing of [cocoon.quoteDispute(id), cocoon.dispute(id, 0)]) {
            await expect(disputing).rejects.toMatchObject({ code: 'NOT_DISPUTABLE' });
        }
        await cocoon.cancel(id);
        await until(async () => (await world.openJob(ticket)) === undefined);
        const { closing } = await readJobHistory({ chain: world.stage.chain, ...ticket });
        expect(closing?.outcome).toBe('cancelled');
    });

    it('tells what to do where there is no wallet, and no node', async () => {
        const nobody = client({ sender: undefined }).submit(request([1]));
        await expect(nobody.result).rejects.toMatchObject({ code: 'NO_SENDER' });
        await expect(kindsOf(nobody)).rejects.toMatchObject({ code: 'NO_SENDER' });
        const alone = client({ nodes: ['http://127.0.0.1:9'] }).submit(request([1]));
        await expect(alone.result).rejects.toMatchObject({ code: 'INPUTS_NOT_OFFERED' });
    });
});

describe('TON Connect', () => {
    type Transaction = Parameters<Parameters<typeof tonConnectSender>[0]['sendTransaction']>[0];

    /** What a page holds of a wallet, over the client's own. */
    function connector(answer: (transaction: Transaction) => Promise<unknown>) {
        const { client: wallet } = world.stage;
        const sent: Transaction[] = [];
        const account = { address: wallet.address.toRawString(), chain: '-3' };
        return {
            sent,
            account: account as typeof account | null,
            sendTransaction: (transaction: Transaction) => {
                sent.push(transaction);
                return answer(transaction);
            },
        };
    }

    const pay = async ({ messages }: Transaction): Promise<unknown> => {
        for (const { address, amount, payload } of messages) {
            const message: SenderArguments = {
                to: Address.parse(address),
                value: BigInt(amount),
                ...(payload !== undefined && { body: Cell.fromBase64(payload) }),
            };
            await world.stage.client.send(message);
        }
        return { boc: '' };
    };

    it('pays for a job with one message that names network and wallet', async () => {
        const ui = connector(pay);
        const cocoon = client({ sender: tonConnectSender(ui, { network: -3 }) });
        expect(valuesOf(await cocoon.submit(request([4])).result)).toEqual([4]);
        const { messages, ...transaction } = ui.sent[0]!;
        expect(transaction).toMatchObject({ network: '-3', from: ui.account?.address });
        expect(messages).toHaveLength(1);
        expect(transaction.validUntil * 1000).toBeGreaterThan(Date.now());
    });

    it.each([
        ['a wallet', Object.assign(new Error('Reject request'), { code: 300 })],
        [
            'the library',
            new Error(
                '[TON_CONNECT_SDK_ERROR] UserRejectsError: User rejects the action in the wallet.',
            ),
        ],
    ])('tells when the user declines, as %s says it', async (_, error) => {
        const ui = connector(() => Promise.reject(error));
        const cocoon = client({ sender: tonConnectSender(ui, { network: -3 }) });
        await expect(cocoon.submit(request([4])).result).rejects.toMatchObject({
            code: 'USER_DECLINED',
            cause: error,
        });
    });

    it('asks the wallet for nothing that it has too little for', async () => {
        const ui = connector(pay);
        const cocoon = client({ sender: tonConnectSender(ui, { network: -3 }) });
        const { result } = cocoon.submit(request([4], { ceiling: toNano('1000000') }));
        const { address } = world.stage.client;
        await expect(result).rejects.toMatchObject({
            code: 'INSUFFICIENT_FUNDS',
            balance: (await world.stage.chain.account(address)).balance,
            hint: expect.stringContaining('lower the ceiling') as string,
        });
        expect(ui.sent).toHaveLength(0);
    });

    it('sends nothing from another wallet, or on another network', async () => {
        const ui = connector(pay);
        const submission = client({ sender: tonConnectSender(ui, { network: -3 }) }).submit(
            request([4]),
        );
        // The user connects another wallet while the inputs are on their way.
        ui.account = { address: `0:${'ab'.repeat(32)}`, chain: '-3' };
        await expect(submission.result).rejects.toMatchObject({ code: 'WALLET_SWITCHED' });
        const { client: wallet } = world.stage;
        ui.account = { address: wallet.address.toRawString(), chain: '-239' };
        const other = client({ sender: tonConnectSender(ui, { network: -3 }) });
        await expect(other.submit(request([4])).result).rejects.toMatchObject({
            code: 'WALLET_ON_OTHER_NETWORK',
        });
        ui.account = null;
        await expect(other.submit(request([4])).result).rejects.toMatchObject({
            code: 'NO_SENDER',
        });
        expect(ui.sent).toHaveLength(0);
    });
});
