import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { isHttpUrl } from '../../protocol';
import { SurplusError } from '../../sdk';
import { writePrivateFile } from '../keystore';
import { BalanceTooLowError } from '../network';
import {
    collect,
    type CommandContext,
    formatGram,
    gramAmount,
    UsageError,
    wholeNumber,
} from '../terminal';
import { dimensions, duration, size } from './arguments';
import { type Client, openClient } from './client';
import { finishSubmission } from './jobs/finish';
import { checkCap, type Quote, quoteInWords, quoteSteps } from './jobs/quote';
import { createSubmission, readSteps, readSubmission, type Submission } from './jobs/submission';
import { nodesFor } from './jobs/post-step';
import { NoNodesError } from './jobs/errors';
import { openModelShelf } from './model-shelf';
import type { SubmitFlags } from './plan';
import { planItems } from './plan-items';
import { planPicture } from './plan-picture';
import { checkNetwork, tellFinished } from './tell-finished';
import { makeResultsFolder } from './write-results';

/** Items that are made at once: they are in memory together. */
const MOST_RANDOM = 100_000;

/** `cocoon submit`: has a model run by others, for money. */
export function submitCommand(context: CommandContext): Command {
    const command = new Command('submit')
        .description('have work done by the computers of others, for money')
        .argument('[target]', '"ocr", or the name, hash or .onnx file of a model')
        .argument('[picture]', 'for "ocr": a picture (PNG, JPEG, WebP, TIFF…)')
        .option('-i, --input <[name=]file>', 'an ONNX TensorProto file of the only item', collect)
        .option('--items <path>', 'many items: a folder with a folder for each, or JSON lines')
        .option(
            '--random <number>',
            'that many items of random numbers: a probe of whoever wins',
            wholeNumber(1, MOST_RANDOM),
        )
        .option('--dim <name=length>', 'length of an open dimension of random items', dimensions)
        .option('-o, --out <folder>', 'where to write the results: an empty or new folder')
        .option('--dry-run', 'say what it would cost, post nothing and spend nothing')
        .option('--cap <gram>', 'refuse when more could leave the wallet', gramAmount)
        .option('--price <gram>', 'most that the work may cost; measured unless set', gramAmount)
        .option('--take <gram>', 'a bid at or under it wins at once; half the price', gramAmount)
        .option('--bid-window <time>', 'how long nodes may bid, such as 30s', duration)
        .option('--commit-window <time>', 'how long the winner may work, such as 10min', duration)
        .option('--node <url>', 'a node to tell; those that the chain shows unless set', collect)
        .option(
            '--timeout <time>',
            'most time for one item; measured, at least 10s, unless set',
            duration,
        )
        .option('--max-memory <size>', 'most memory of the model; 2GiB unless set', size)
        .option('--max-output <size>', 'most bytes of one result; measured unless set', size)
        .option('--licence <spdx>', 'licence of an .onnx file, such as MIT')
        .option('--angles', 'for "ocr": lines may stand upside down; one more job')
        .option('--no-measure', 'run nothing here first, but the search for lines; needs --price')
        .option(
            '--no-pay-unverified',
            'do not pay when a check ends without a finding; some nodes leave such jobs',
        )
        .option('--no-accept', 'let a check decide about the payment, which takes longer')
        .option('--sealed', 'let only the winner, and who is drawn to check it, read the inputs')
        .option(
            '--leave-key',
            'leave the key of a sealed job with the nodes, so that you may go; each can read it then',
        )
        .option('--keep', 'leave in your Escrow what is left, for later jobs')
        .option('--from-deposit', 'post from "cocoon deposit", without the wallet; with --keep')
        .option('--resume <job>', 'go on with a job, and post it where the chain has not seen it')
        .addHelpText(
            'after',
            `
A job is first measured on this machine with its own inputs, for free, unless --no-measure says not
to: that finds wrong inputs before anything is paid, and gives the price ceiling (the time here, at
provider.pricing.gramPerCoreHour, times 4). Then the estimate is shown, and you are asked.

Items are given as files of ONNX TensorProto (--input for one item; --items with a folder of folders
for many), or as JSON lines: one item a line, {"input": {"dtype": "float32", "dims": [1, 2],
"data": [0.5, 1]}}. Results are <item>/<output>.pb and results.jsonl in the folder of --out.

Everything is kept in the home before anything is sent: a command that was killed goes on with
"cocoon result <job>" or "cocoon submit --resume <job>".

A probe shows how fast a computer is, to you and in the explorer: random items of speech-embedding
or ocr-angle, which nobody can have computed before, and a check that says that they were computed.

With --sealed, inputs and results are encrypted: only the node that wins the job can read them, and
the nodes that are drawn to check a result. Stay until the job is won, when the winner is given the
key; or add --leave-key, with --node for the nodes that you trust with the inputs, and come back with
"cocoon result" whenever you like. The key follows from your wallet's words: on another machine,
"cocoon result <escrow>:<job id>" finds everything again. What others still see is in docs/privacy.md.

Examples:
  $ cocoon submit ocr receipt.jpg
  $ cocoon submit silero-vad --items frames.jsonl --out results --dry-run
  $ cocoon submit speech-embedding --random 10000 --no-accept
  $ cocoon submit 3f9ac1d2 --items ./items --out ./results --cap 0.5 --yes
  $ cocoon submit model.onnx --licence MIT --input x.pb --out ./results`,
        );
    return command.action(async (target: string | undefined, picture: string | undefined) => {
        const flags = command.optsWithGlobals<SubmitFlags>();
        checkFlags(target, picture, flags);
        if (flags.resume !== undefined) return resume(flags.resume, flags, context);
        await submit(target as string, picture, flags, context);
    });
}

function checkFlags(
    target: string | undefined,
    picture: string | undefined,
    flags: SubmitFlags,
): void {
    const named = flags.items !== undefined || (flags.input ?? []).length > 0;
    const items = named || flags.random !== undefined;
    if (flags.resume !== undefined) {
        if (target === undefined) return;
        throw new UsageError('--resume goes on with a job as it is; leave the target out.');
    }
    if (target === undefined) {
        throw new UsageError(
            'Say what to run.',
            '"cocoon models" lists what there is, or try "ocr".',
        );
    }
    if (target === 'ocr') {
        if (picture === undefined) {
            throw new UsageError(
                '"ocr" reads a picture, and none is named.',
                'cocoon submit ocr page.png',
            );
        }
        if (items) throw new UsageError('"ocr" takes a picture, and no other items.');
    } else if (picture !== undefined) {
        throw new UsageError(`${picture} is too much: only "ocr" takes a picture.`, 'Use --input.');
    } else if (!items) {
        throw new UsageError(
            'There are no inputs.',
            'Name them with --input or --items, or have them made with --random.',
        );
    } else if (named && flags.random !== undefined) {
        throw new UsageError('--random makes items; leave --input and --items out.');
    }
    if (!flags.measure && flags.price === undefined) {
        throw new UsageError('Without measuring nobody knows the price.', 'Add --price <gram>.');
    }
    if (flags.price !== undefined && (flags.take ?? 0n) > flags.price) {
        throw new UsageError(
            'A bid is never taken over the price.',
            'Lower --take or raise --price.',
        );
    }
    const wrong = (flags.node ?? []).find((url) => !isHttpUrl(url));
    if (wrong !== undefined) throw new UsageError(`${wrong} is no http or https URL of a node.`);
}

async function submit(
    target: string,
    picture: string | undefined,
    flags: SubmitFlags,
    context: CommandContext,
): Promise<void> {
    const { terminal } = context;
    const client = await openClient(flags, context);
    const { config } = client;
    const terms: Submission['terms'] = {
        cap: flags.cap ?? config.client.maxSpendGram,
        price: flags.price,
        take: flags.take,
        coreHour: config.provider.pricing.gramPerCoreHour,
        bidWindowSeconds: secondsOf(flags.bidWindow) ?? config.client.bidWindowSeconds,
        commitWindowSeconds: secondsOf(flags.commitWindow) ?? config.client.commitWindowSeconds,
        msPerItem: flags.timeout,
        memoryBytes: flags.maxMemory,
        payUnverified: flags.payUnverified,
        accept: flags.accept,
        keep: flags.keep ?? flags.fromDeposit ?? false,
        fromDeposit: flags.fromDeposit ?? false,
        ...((flags.sealed ?? flags.leaveKey) && {
            sealed: flags.leaveKey ? ('before' as const) : ('award' as const),
        }),
    };
    if (flags.out !== undefined && !flags.dryRun) await makeResultsFolder(flags.out);
    const shelf = await openModelShelf(config, context);
    const plan =
        target === 'ocr'
            ? await planPicture(picture as string, shelf, terms, flags, context)
            : await planItems(target, shelf, terms, flags, context);
    if (plan === undefined) {
        return terminal.result({ text: '', lines: [] }, 'There is no text in the picture.');
    }
    terminal.progress('Asking the chain what it costs…');
    const quote = await quoteSteps(client, plan.steps, terms);
    if (flags.dryRun) return tellDryRun(quote, terms, flags, client);
    checkCap(quote, terms.cap);
    await requireMoney(quote, client);
    const nodes = await nodesFor(client, flags.node ?? []);
    terminal.note(quoteInWords(quote, { terms }));
    if (terms.sealed === 'before') {
        const count = `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`;
        terminal.note(`Its key is left with ${count}, each of which can read the inputs then.`);
    }
    await terminal.confirm(`Post it for at most ${formatGram(quote.total)}?`);
    await (terms.fromDeposit ? client.postingKey() : client.wallet());
    if (terms.sealed !== undefined) await client.sealingSecret();
    const submission = createSubmission(config.home, {
        format: 'cocoon.submission/1',
        createdAt: new Date().toISOString(),
        network: client.network.name,
        market: client.network.market.address.toRawString(),
        what: plan.what,
        out: flags.out === undefined ? undefined : resolve(flags.out),
        terms,
        nodes: [...(flags.node ?? [])],
    });
    if (plan.picture !== undefined) {
        await writePrivateFile(join(submission.folder, 'picture'), plan.picture);
    }
    terminal.note(`This is job ${submission.id} of this home.`);
    const finished = await finishSubmission({ client, submission, plan: plan.steps, post: true });
    tellFinished(finished, terminal);
}

async function resume(id: string, flags: SubmitFlags, context: CommandContext): Promise<void> {
    const client = await openClient(flags, context);
    const stored = readSubmission(client.config.home, id);
    checkNetwork(stored, client);
    const submission =
        flags.cap === undefined
            ? stored
            : { ...stored, terms: { ...stored.terms, cap: flags.cap } };
    const { price, take } = flags;
    if (readSteps(submission).at(-1)?.state === 'ended') {
        const { cap } = submission.terms;
        await context.terminal.confirm(`Post job ${id} again, for at most ${formatGram(cap)}?`);
    }
    const terms = {
        ...(price !== undefined && { ceiling: price, take: take ?? price / 2n }),
        ...(take !== undefined && { take }),
    };
    const finished = await finishSubmission({ client, submission, post: true, terms });
    tellFinished(finished, context.terminal);
}

function secondsOf(ms: number | undefined): number | undefined {
    return ms === undefined ? undefined : Math.max(1, Math.ceil(ms / 1000));
}

async function requireMoney(
    { total, deposit, steps }: Quote,
    { network, address, context }: Client,
): Promise<void> {
    if (deposit !== undefined) {
        const [surplus] = steps.map(({ estimate }) => estimate.surplus);
        if (surplus?.postingKey === 0n) throw new SurplusError('not-authorised', surplus);
        if (deposit >= total) return;
        throw new SurplusError('too-little', { available: deposit, needed: total });
    }
    const { balance } = await network.chain.account(address, { signal: context.signal });
    if (balance < total) throw new BalanceTooLowError(address, balance, total, 'for the job');
}

async function tellDryRun(
    quote: Quote,
    terms: Submission['terms'],
    flags: SubmitFlags,
    client: Client,
): Promise<void> {
    const { context, network, address } = client;
    const { terminal, signal } = context;
    const { balance } = await network.chain.account(address, { signal });
    const nodes = await nodesFor(client, flags.node ?? []).catch((error: unknown) => {
        if (error instanceof NoNodesError) return [];
        throw error;
    });
    if (nodes.length === 0) terminal.warn('The market shows no node that was active lately.');
    if (quote.total > terms.cap) {
        terminal.warn(`That is over the spending cap of ${formatGram(terms.cap)}.`);
    }
    if (balance < quote.total) terminal.warn(`The wallet has ${formatGram(balance)} only.`);
    const { steps, ceiling, assurance, gas, rent, walletFee, total } = quote;
    terminal.result(
        {
            dryRun: true,
            steps: steps.map(({ label, model, items, price }) => ({
                label,
                model,
                items,
                ...price,
            })),
            ceiling,
            assurance,
            gas,
            rent,
            walletFee,
            total,
            cap: terms.cap,
            withinCap: total <= terms.cap,
            balance,
            nodes,
        },
        `${quoteInWords(quote, { terms })}\nNothing was posted: this was a dry run.`,
    );
}
