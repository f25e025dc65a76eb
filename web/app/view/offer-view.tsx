import { useEffect, useId, useState } from 'react';
import { OCR_DETECTOR } from '../../../models';
import type { JobEstimate } from '../../../sdk';
import { useEstimate } from '../../../sdk/react';
import { formatGram } from '../../shared/format';
import { usePage, useWords } from '../page';
import { parseGram } from '../parse-gram';
import type { PhraseKey } from '../phrases';
import type { Offer } from '../reading/reading-run';
import { Problem, wordsFor } from './problem';
import { useWallet } from './wallet-button';

/** What a step costs, line by line, and the button that pays. */
export function OfferView({ offer }: { readonly offer: Offer }) {
    const { say } = useWords();
    const wallet = useWallet();
    const [ceiling, setCeiling] = useState(offer.ceiling);
    const [known, setKnown] = useState(false);
    const step = offer.step === OCR_DETECTOR.name ? 1 : 2;
    // Another wallet has another Escrow, and other costs.
    const payer = wallet.status === 'connected' ? wallet.address : 'nobody';
    return (
        <section className="card stack" aria-labelledby="offer-title">
            <h3 id="offer-title">{say('costOf', { step })}</h3>
            {offer.problem !== undefined && <Problem error={offer.problem} />}
            {offer.again ? (
                <p className="banner">{say('againNote')}</p>
            ) : (
                <>
                    <Costs
                        key={payer}
                        connected={wallet.status === 'connected'}
                        ceiling={ceiling}
                        items={offer.items}
                        onKnown={setKnown}
                    />
                    <Ceiling ceiling={ceiling} onChange={setCeiling} />
                    {step === 1 && <p className="soft small">{say('secondStep')}</p>}
                </>
            )}
            <PayButton
                label={say(offer.again ? 'payAgain' : 'pay')}
                ready={offer.again || known}
                onPay={() => offer.pay(ceiling)}
            />
        </section>
    );
}

/** Pays, or connects the wallet to pay with. */
function PayButton({
    label,
    ready,
    onPay,
}: {
    readonly label: string;
    readonly ready: boolean;
    readonly onPay: () => void;
}) {
    const { wallet, config } = usePage();
    const { say } = useWords();
    const state = useWallet();
    if (state.status === 'connected') {
        const elsewhere = state.network !== config.network;
        return (
            <>
                {elsewhere && (
                    <p className="banner warn" role="alert">
                        {say('walletOtherNetwork')}
                    </p>
                )}
                <button
                    type="button"
                    className="primary wide"
                    disabled={!ready || elsewhere}
                    onClick={onPay}
                >
                    {label}
                </button>
            </>
        );
    }
    const restoring = state.status === 'restoring';
    return (
        <button
            type="button"
            className="primary wide"
            disabled={restoring}
            onClick={() => void wallet.connect()}
        >
            {say(restoring ? 'walletRestoring' : 'connectToPay')}
        </button>
    );
}

/** What the market asks now, for the wallet that is connected or for a newcomer. */
function Costs({
    connected,
    ceiling,
    items,
    onKnown,
}: {
    readonly connected: boolean;
    readonly ceiling: bigint;
    readonly items: number;
    readonly onKnown: (known: boolean) => void;
}) {
    const { clients } = usePage();
    const words = useWords();
    const cocoon = connected ? clients.paying : clients.visiting;
    const { estimate, error } = useEstimate(cocoon, ceiling, items);
    const known = estimate !== undefined;
    useEffect(() => onKnown(known), [known, onKnown]);
    if (error !== undefined) {
        return (
            <p className="banner bad" role="alert">
                {wordsFor(error, words)}
            </p>
        );
    }
    if (!known) return <p role="status">{words.say('estimating')}</p>;
    return <CostLines estimate={estimate} />;
}

/** Each part of what is sent, and what becomes of it. */
function CostLines({ estimate }: { readonly estimate: JobEstimate }) {
    const { say, language } = useWords();
    const { ceiling, assurance, gas, rent, value, open } = estimate;
    const lines: readonly (readonly [PhraseKey, bigint, PhraseKey])[] = [
        ['price', ceiling, 'priceNote'],
        ['assurance', assurance, 'assuranceNote'],
        ['gas', gas, 'gasNote'],
        ...(rent > 0n ? [['rent', rent, open ? 'rentOpenNote' : 'rentNote'] as const] : []),
    ];
    return (
        <dl className="costs">
            {lines.map(([name, amount, note]) => (
                <div key={name} data-cost={name}>
                    <dt>
                        {say(name)}
                        <span className="soft small">{say(note)}</span>
                    </dt>
                    <dd>{formatGram(amount, language, 4)}</dd>
                </div>
            ))}
            <div className="total" data-cost="total">
                <dt>{say('total')}</dt>
                <dd>{formatGram(value, language, 4)}</dd>
            </div>
        </dl>
    );
}

/** The highest price is the user's to choose. */
function Ceiling({
    ceiling,
    onChange,
}: {
    readonly ceiling: bigint;
    readonly onChange: (ceiling: bigint) => void;
}) {
    const { say, language } = useWords();
    const [text, setText] = useState(() => formatGram(ceiling, language).replace(/\s?GRAM$/, ''));
    const bad = parseGram(text) === undefined;
    const id = useId();
    return (
        <details>
            <summary>{say('change')}</summary>
            <label htmlFor={id} className="small">
                {say('ceiling')}
            </label>
            <input
                id={id}
                inputMode="decimal"
                autoComplete="off"
                value={text}
                aria-invalid={bad}
                aria-describedby={bad ? `${id}-bad` : undefined}
                onChange={({ target }) => {
                    setText(target.value);
                    const nano = parseGram(target.value);
                    if (nano !== undefined) onChange(nano);
                }}
            />
            {bad && (
                <p id={`${id}-bad`} className="small" role="alert">
                    {say('ceilingBad')}
                </p>
            )}
        </details>
    );
}
