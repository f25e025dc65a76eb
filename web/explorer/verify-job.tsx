import { useState } from 'react';
import type { JobDetail, JobVerification } from '../../explorer/browser';
import { CocoonError } from '../../protocol';
import { shownUrl } from './own-url';
import { reasonOf } from './parts';
import { useNode } from './use-node';
import { useWords } from './words';

/** Endpoints of the public networks that answer pages of any origin. */
const PUBLIC_ENDPOINTS: Readonly<Record<number, string>> = {
    [-239]: 'https://toncenter.com/api/v2/jsonRPC',
    [-3]: 'https://testnet.toncenter.com/api/v2/jsonRPC',
};

class NoEndpointError extends CocoonError {
    override readonly name = 'NoEndpointError';
    readonly code = 'NO_ENDPOINT';

    constructor(text: string) {
        super(`"${text}" is no address of an endpoint.`, {
            hint: 'Name the JSON-RPC of a toncenter v2 by its URL.',
        });
    }
}

type Progress =
    | { readonly at: 'reading'; readonly count: number }
    | { readonly at: 'done'; readonly found: JobVerification; readonly endpoint: string }
    | { readonly at: 'failed'; readonly error: unknown };

/** Checks what the node says of a job against the chain, without the node. */
export function VerifyJob({ job }: { readonly job: JobDetail }) {
    const { say } = useWords();
    const { status } = useNode();
    const [typed, setTyped] = useState<string>();
    const [progress, setProgress] = useState<Progress>();
    if (status === undefined) return null;
    const endpoint = typed ?? status.endpoint ?? PUBLIC_ENDPOINTS[status.networkId] ?? '';
    const reading = progress?.at === 'reading';
    const check = async () => {
        setProgress({ at: 'reading', count: 0 });
        try {
            const found = await verify(job, status.market, endpoint, (count) =>
                setProgress({ at: 'reading', count }),
            );
            setProgress({ at: 'done', found, endpoint });
        } catch (error) {
            setProgress({ at: 'failed', error });
        }
    };
    return (
        <form
            className="verify"
            onSubmit={(event) => {
                event.preventDefault();
                // Disabled, the button would lose the focus of whoever pressed it by keyboard.
                if (!reading) void check();
            }}
        >
            <label>
                {say('verifyWith')}
                <input
                    type="text"
                    inputMode="url"
                    spellCheck={false}
                    value={endpoint}
                    onChange={({ target }) => setTyped(target.value)}
                />
            </label>
            <button type="submit" className="primary" aria-disabled={reading}>
                {say('verify')}
            </button>
            <div role="status" aria-live="polite" className="verdict">
                {progress !== undefined && <Verdict progress={progress} />}
            </div>
        </form>
    );
}

/** The libraries of the chain are large, and come when somebody wants them. */
async function verify(
    job: JobDetail,
    marketText: string,
    endpoint: string,
    onProgress: (count: number) => void,
): Promise<JobVerification> {
    if (!URL.canParse(endpoint)) throw new NoEndpointError(endpoint.slice(0, 100));
    const { readFromChain } = await import('./read-from-chain');
    return readFromChain(job, marketText, endpoint, onProgress);
}

function Verdict({ progress }: { progress: Progress }) {
    const { say, step } = useWords();
    if (progress.at === 'reading') return <p>{say('verifying', { count: progress.count })}</p>;
    if (progress.at === 'failed') {
        return (
            <p className="banner bad">
                {say('verifyFailed', { reason: reasonOf(progress.error) })}
            </p>
        );
    }
    const { found } = progress;
    const state = found.state === undefined ? say('noLonger') : step(`state.${found.state}`);
    return (
        <div className={`banner ${!found.agrees ? 'bad' : found.tooFarBack ? 'warn' : 'good'}`}>
            {found.agrees && !found.tooFarBack && (
                <>
                    <strong>{say('verified')}</strong>
                    <p>
                        {say('verifiedHow', {
                            count: found.transactions,
                            endpoint: shownUrl(progress.endpoint),
                        })}
                    </p>
                </>
            )}
            {!found.agrees && (
                <>
                    <strong>{say('differs')}</strong>
                    <p>{say('differsIn', { fields: found.differences.join(', ') })}</p>
                </>
            )}
            {found.tooFarBack && <p>{say('tooFarBack')}</p>}
            {!found.tooFarBack && !found.feeCompared && <p>{say('feeTooFarBack')}</p>}
            {found.newer > 0 && <p>{say('newerSteps', { count: found.newer })}</p>}
            <p>{say('stateNow', { state })}</p>
        </div>
    );
}
