import { type Address, type Cell, Dictionary, type DictionaryValue, type Slice } from '@ton/core';
import {
    CauseBrokenBinding,
    CauseDispute,
    CauseMismatch,
    CauseMissingData,
    CauseStalled,
    FindingFalseError,
    FindingPassed,
    FindingRight,
    FindingWrong,
    type Juror,
    loadCheckedJob,
    loadFixed,
    loadJuror,
    loadJury,
    PhaseClaim,
    PhaseJurors,
    PhaseOpen,
    PhaseSeed,
    StateAppeal,
    StateChecking,
    storeJuror,
    VerdictFalseError,
    VerdictMissing,
    VerdictNone,
    VerdictRight,
    VerdictSealed,
    VerdictUnstable,
    VerdictWrong,
} from '../build/Escrow/Escrow_Escrow';
import { accountAddress } from './account';
import { decodeParameters, type MarketParameters } from './parameters';

/** What a check or a jury found. */
export type Finding = 'passed' | 'right' | 'wrong' | 'false-error';

/** Why a jury sits. */
export type JuryCause = 'mismatch' | 'broken-binding' | 'missing-data' | 'dispute' | 'stalled';

/** What a juror has said. */
export type Verdict =
    'none' | 'sealed' | 'right' | 'wrong' | 'unstable' | 'missing' | 'false-error';

/** The best claim on a check so far; once claims have ended, the verifier of the round. */
export interface VerifierView {
    readonly stake: Address;
    readonly ticket: bigint;
    /** nanoGRAM */
    readonly bond: bigint;
    /** The key of the claim until it has sealed, then the seal. */
    readonly seal: bigint;
}

export interface JurorView {
    readonly ticket: bigint;
    readonly stake: Address;
    /** The key of the claim until it has sealed, then the seal. */
    readonly seal: bigint;
    /** nanoGRAM */
    readonly bond: bigint;
    readonly verdict: Verdict;
}

export interface JuryView {
    readonly stage: 1 | 2;
    readonly cause: JuryCause;
    /** 0 until a later block has given it. */
    readonly seed: bigint;
    readonly leaf: number;
    /** Who disputed; undefined where a verifier's finding opened it. */
    readonly disputer: Address | undefined;
    readonly bond: bigint;
    readonly held: boolean;
    readonly jurors: readonly JurorView[];
    readonly sealed: number;
    readonly revealed: number;
    readonly right: number;
    readonly wrong: number;
    /** Of an appeal: the jurors of the first jury. */
    readonly former: readonly JurorView[];
}

interface CheckedView {
    readonly parameters: MarketParameters;
    readonly bid: {
        readonly stake: Address;
        readonly price: bigint;
        readonly lock: bigint;
        readonly lockUntil: number;
    };
    readonly commit: {
        readonly root: bigint;
        readonly providerSeed: bigint;
        readonly faulty: number;
    };
    /** UNIX seconds. */
    readonly committedAt: number;
    /** Whether the client accepted, or was silent. */
    readonly accepted: boolean;
    readonly draw: bigint;
    readonly round: number;
    readonly verifier: VerifierView | undefined;
    /** The cell of the provider's sketch of the drawn leaf, once opened; not of a passed check. */
    readonly opened: Cell | undefined;
    /** When the phase ends: UNIX seconds. From then on a Tick moves the job on. */
    readonly phaseEnd: number;
}

/** A job that is checked, or about which there is a dispute. */
export type CheckView =
    | (CheckedView & {
          readonly state: 'checking';
          /** `claim` until its window ends, then `seal` where somebody has claimed. */
          readonly phase: 'claim' | 'seal' | 'open' | 'reveal';
      })
    | (CheckedView & {
          readonly state: 'appeal';
          readonly finding: Finding;
          readonly jury: JuryView | undefined;
      })
    | (CheckedView & {
          readonly state: 'jury';
          /** `seed` waits for a later block; `over` for a Tick. */
          readonly phase: 'seed' | 'claim' | 'seal' | 'reveal' | 'over';
          readonly jury: JuryView;
      });

const findings = new Map<bigint, Finding>([
    [FindingPassed, 'passed'],
    [FindingRight, 'right'],
    [FindingWrong, 'wrong'],
    [FindingFalseError, 'false-error'],
]);

const causes = new Map<bigint, JuryCause>([
    [CauseMismatch, 'mismatch'],
    [CauseBrokenBinding, 'broken-binding'],
    [CauseMissingData, 'missing-data'],
    [CauseDispute, 'dispute'],
    [CauseStalled, 'stalled'],
]);

const verdicts = new Map<bigint, Verdict>([
    [VerdictNone, 'none'],
    [VerdictSealed, 'sealed'],
    [VerdictRight, 'right'],
    [VerdictWrong, 'wrong'],
    [VerdictUnstable, 'unstable'],
    [VerdictMissing, 'missing'],
    [VerdictFalseError, 'false-error'],
]);

/**
 * Reads an entry in one of the states of a check, after state and deadline.
 *
 * @param now - UNIX seconds
 */
export function decodeChecked(
    state: bigint,
    deadline: number,
    slice: Slice,
    now: number,
): { readonly total: bigint; readonly terms: Cell; readonly view: CheckView } {
    const job = loadCheckedJob(slice);
    const fixed = loadFixed(job.fixed.beginParse());
    const fourth = slice.remainingRefs === 0 ? undefined : slice.loadRef();
    const jury = state === StateChecking || fourth === undefined ? undefined : decodeJury(fourth);
    const opened = state === StateChecking ? fourth : jury?.opened;
    const parameters = decodeParameters(job.parameters);
    const windows = parameters.verification;
    const view: Omit<CheckedView, 'phaseEnd'> = {
        parameters,
        bid: {
            stake: accountAddress(fixed.stake),
            price: job.price,
            lock: fixed.lock,
            lockUntil: Number(fixed.lockUntil),
        },
        commit: {
            root: fixed.root,
            providerSeed: fixed.providerSeed,
            faulty: Number(job.faulty),
        },
        committedAt: Number(job.committedAt),
        accepted: job.accepted,
        draw: fixed.draw,
        round: Number(job.round),
        verifier:
            job.verifier.stake === 0n
                ? undefined
                : {
                      stake: accountAddress(job.verifier.stake),
                      ticket: job.verifier.ticket,
                      bond: job.verifier.bond,
                      seal: job.verifier.seal,
                  },
        opened,
    };
    const found = (checkView: CheckView) => ({
        total: job.total,
        terms: job.terms,
        view: checkView,
    });
    if (state === StateChecking) {
        if (job.phase === PhaseClaim) {
            const sealing = now >= deadline && view.verifier !== undefined;
            const phaseEnd = sealing ? deadline + windows.sealWindow : deadline;
            const phase = sealing ? 'seal' : 'claim';
            return found({ ...view, state: 'checking', phase, phaseEnd });
        }
        const phase = job.phase === PhaseOpen ? 'open' : 'reveal';
        return found({ ...view, state: 'checking', phase, phaseEnd: deadline });
    }
    if (state === StateAppeal) {
        const finding = named(findings, job.phase);
        return found({ ...view, state: 'appeal', finding, phaseEnd: deadline, jury: jury?.view });
    }
    if (jury === undefined) throw new RangeError('A jury has no jurors.');
    const { phase, phaseEnd } = juryPhase(job.phase, deadline, parameters, now);
    return found({ ...view, state: 'jury', phase, phaseEnd, jury: jury.view });
}

function juryPhase(
    phase: bigint,
    deadline: number,
    { verification }: MarketParameters,
    now: number,
): { phase: 'seed' | 'claim' | 'seal' | 'reveal' | 'over'; phaseEnd: number } {
    if (phase === PhaseSeed) return { phase: 'seed', phaseEnd: deadline + 1 };
    if (phase !== PhaseJurors) {
        return { phase: now < deadline ? 'reveal' : 'over', phaseEnd: deadline };
    }
    const sealEnd = deadline + verification.jurySealWindow;
    const revealEnd = sealEnd + verification.juryRevealWindow;
    if (now < deadline) return { phase: 'claim', phaseEnd: deadline };
    if (now < sealEnd) return { phase: 'seal', phaseEnd: sealEnd };
    return { phase: now < revealEnd ? 'reveal' : 'over', phaseEnd: revealEnd };
}

/** A jury, and what the provider had opened in the check before it. */
function decodeJury(cell: Cell): { readonly view: JuryView; readonly opened: Cell | undefined } {
    const jury = loadJury(cell.beginParse());
    const view: JuryView = {
        stage: jury.stage === 1n ? 1 : 2,
        cause: named(causes, jury.cause),
        seed: jury.seed,
        leaf: Number(jury.leaf),
        disputer: jury.disputer === 0n ? undefined : accountAddress(jury.disputer),
        bond: jury.bond,
        held: jury.held,
        jurors: decodeJurors(jury.jurors),
        sealed: Number(jury.sealed),
        revealed: Number(jury.revealed),
        right: Number(jury.right),
        wrong: Number(jury.wrong),
        former: jury.former === null ? [] : decodeJurors(loadJury(jury.former.beginParse()).jurors),
    };
    return { view, opened: jury.opened ?? undefined };
}

const jurorValue: DictionaryValue<Juror> = {
    serialize: (juror, builder) => builder.store(storeJuror(juror)),
    parse: loadJuror,
};

function decodeJurors(cell: Cell | null): JurorView[] {
    if (cell === null) return [];
    const jurors = Dictionary.loadDirect(Dictionary.Keys.BigUint(96), jurorValue, cell);
    return [...jurors].map(([ticket, juror]) => ({
        ticket,
        stake: accountAddress(juror.stake),
        seal: juror.seal,
        bond: juror.bond,
        verdict: named(verdicts, juror.verdict),
    }));
}

function named<T>(names: ReadonlyMap<bigint, T>, code: bigint): T {
    const name = names.get(code);
    if (name === undefined) throw new RangeError(`Code ${code} is unknown to this version.`);
    return name;
}
