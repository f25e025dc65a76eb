import { Cell } from '@ton/core';
import {
    download,
    encodeGivenSeal,
    endpointUrl,
    ExternalRefusedError,
    MAX_OPENING_BYTES,
    readOpenJob,
    sealsPath,
    sleep,
    TransferRefusedError,
} from '../sdk';
import {
    decodeSealedOpening,
    Escrow,
    isOpeningFor,
    type SealedOpening,
    type SealedWords,
    signSeal,
} from '../wrappers';
import type { CheckContext } from './check-context';
import type { CheckingJob } from './eligibility';
import type { Duty } from './state';

/** A seal that is written down, and about to be signed. */
export interface WrittenSeal extends SealedWords {
    readonly duty: Duty;
    readonly sketch: Cell;
}

/** Of the window of seals, what is left for a seal on chain. */
const SEAL_SHARE = 1 / 4;
/** Answers of a provider that is to be asked again: too early, too often, or not sure of its endpoints. */
const LATER: ReadonlySet<number> = new Set([425, 429, 503]);
/** A provider that asks for patience is given so much of it, seconds of the chain. */
const ASK_SECONDS = 60;
/** Longest silence of the provider, milliseconds. */
const PATIENCE_MS = 10_000;
/** A message that no block has taken by then is given up, seconds of the chain. */
const TAKEN_SECONDS = 15;

/**
 * Gives the provider the seal, and where its opening agrees, reveals both in one message, which ends
 * the check. Whatever does not come or does not fit is no trouble: the same seal is posted then, and
 * the check goes its way on chain.
 *
 * @param agrees - whether a sketch is near the sealed one and that of the committed leaf, from what can
 * be had at once
 * @returns whether nothing is to be sealed any more
 * @throws what the chain throws, the reason of the signal
 */
export async function revealJointly(
    context: CheckContext,
    job: CheckingJob,
    written: WrittenSeal,
    agrees: (opened: Cell) => Promise<boolean>,
): Promise<boolean> {
    const { signal, parts, key } = context;
    const opening = await askUntilOpened(context, job, written);
    if (opening === undefined) return false;
    try {
        if (!(await agrees(opening.sketch))) return false;
    } catch (error) {
        signal.throwIfAborted();
        // What is missing, and for how long, is found out once it is sealed.
        parts.logger.info({ job: key, err: error }, 'the opening cannot be judged off chain');
        return false;
    }
    if (isOver(job, await parts.chain.now({ signal }))) return false;
    return deliver(context, job, written, opening);
}

/** The provider's opening for a seal; undefined where it gives none in time. */
async function askUntilOpened(
    context: CheckContext,
    job: CheckingJob,
    written: WrittenSeal,
): Promise<SealedOpening | undefined> {
    const { parts, signal, key } = context;
    const { chain } = parts;
    const endpoint = await context.endpointOf(job.bid.stake);
    if (endpoint === undefined) return undefined;
    const until = (await chain.now({ signal })) + ASK_SECONDS;
    for (;;) {
        const now = await chain.now({ signal });
        if (isOver(job, now) || now > until) return undefined;
        try {
            return await ask(context, job, written, endpoint);
        } catch (error) {
            signal.throwIfAborted();
            if (!(error instanceof TransferRefusedError && LATER.has(error.status))) {
                parts.logger.info({ job: key, err: error }, 'the provider opens nothing off chain');
                return undefined;
            }
        }
        await sleep(chain.pollMs, signal);
    }
}

async function ask(
    context: CheckContext,
    { round, commit }: CheckingJob,
    { duty, jobId, ticket, seal }: WrittenSeal,
    endpoint: string,
): Promise<SealedOpening> {
    const { parts, target, signal } = context;
    const { escrow } = target;
    const { secretKey } = parts.secrets.key(context.claimName(duty));
    const signature = signSeal(escrow, { jobId, ticket, seal }, secretKey);
    const url = endpointUrl(endpoint, sealsPath(escrow, jobId));
    const answer = await download(
        url,
        {
            body: encodeGivenSeal(seal, signature),
            maxBytes: MAX_OPENING_BYTES,
            timeoutMs: PATIENCE_MS,
            fetch: parts.fetch,
            signal,
        },
        () => new RangeError('It is larger than an opening.'),
    );
    const opening = decodeSealedOpening(Cell.fromBoc(Buffer.from(answer))[0] ?? Cell.EMPTY);
    if (isOpeningFor(escrow, opening, { jobId, round, seal }, commit.providerSeed)) return opening;
    throw new TypeError('What the provider gave opens nothing for this seal.');
}

/** @returns whether the Escrow took it, or takes no seal any more */
async function deliver(
    context: CheckContext,
    job: CheckingJob,
    { duty, jobId, ticket, seal, sketch }: WrittenSeal,
    opening: SealedOpening,
): Promise<boolean> {
    const { parts, target, signal } = context;
    const { chain } = parts;
    const name = context.claimName(duty);
    const escrow = chain.open(Escrow.fromAddress(target.escrow), { signal });
    const sentAt = await chain.now({ signal });
    const verdict = 'sketch';
    context.tell({ kind: 'revealing', duty, verdict });
    const reveal = { jobId, ticket, seal, salt: parts.secrets.salt(name), sketch };
    try {
        await escrow.sendJointReveal(reveal, opening, parts.secrets.key(name).secretKey);
    } catch (error) {
        if (!(error instanceof ExternalRefusedError)) throw error;
    }
    for (;;) {
        const { job: now, chainTime } = await readOpenJob(chain, target, { signal });
        const sealing =
            now?.state === 'checking' && now.round === job.round && now.phase === 'seal';
        if (!sealing) {
            const onChain = now?.state === 'checking';
            if (!onChain) {
                context.noteClaim(duty, { step: 'revealed', verdict });
                context.tell({ kind: 'revealed', duty, verdict, jointly: true });
            }
            return true;
        }
        if (chainTime > sentAt + TAKEN_SECONDS || isOver(job, chainTime)) return false;
        await sleep(chain.pollMs, signal);
    }
}

/** Whether it is time to seal on chain. */
function isOver({ phaseEnd, parameters }: CheckingJob, chainTime: number): boolean {
    return chainTime >= phaseEnd - parameters.verification.sealWindow * SEAL_SHARE;
}
