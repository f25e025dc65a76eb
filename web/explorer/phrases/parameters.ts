import type { Phrasebook } from '../../shared/phrases';

/** What each parameter of a Market means, in a sentence. */
const en = {
    bidWindowMax: 'The longest time that a client may keep a job open for bids.',
    declineWindow: 'How long the winner may still refuse a job, once it has its inputs.',
    commitWindowMax: 'The longest time that a client may give the winner to compute.',
    acceptWindow:
        'How long the client may look at the results before the job is checked without it.',
    backing:
        'How long a lock outlasts the last possible end of its job, so that it backs every verdict.',
    factor: 'The reserve of a provider is at least so many times the lock of each bid.',
    minLock: 'The least that a bid locks: blocking a tiny job costs something.',
    minStep: 'By how much a bid has to be better than the best so far.',
    protocolFee: 'The part of what is paid that goes to the Market.',
    checkFee: 'What a check pays its verifier: so many times the share of one item in the price.',
    checkGas: 'What a check pays its verifier for gas beside that.',
    minCheckRate: 'The least share of jobs that is checked, however good the provider’s record.',
    claimWindow: 'How long verifiers may claim a check; the draw decides, not speed.',
    sealWindow: 'How long the drawn verifier may execute an item and seal what it found.',
    openWindow: 'How long the provider may take to open its sketch; missing it convicts.',
    revealWindow: 'How long the verifier may take to reveal what it sealed.',
    appealWindow: 'How long anybody with a bond may dispute a finding.',
    juryClaimWindow: 'How long jurors may claim seats.',
    jurySealWindow: 'How long jurors may execute the item and seal what they found.',
    juryRevealWindow: 'How long jurors may take to reveal what they sealed.',
    rounds: 'How many verifiers may fail one after another before a jury is called.',
    jurors: 'Seats in a jury.',
    appealJurors: 'Seats in the jury of an appeal.',
    verifierStake: 'The least that a stake weighs to check others.',
    verifierAge: 'How long that must have been in the stake.',
    bucket: 'Locks that end within the same time are kept as one.',
    unbonding: 'How long money waits on its way out of a stake, and can still be forfeited.',
    trial: 'A provider with n passed checks is checked in so many of (so many + n) jobs.',
} as const;

export type ParameterKey = keyof typeof en;

const ru: Record<ParameterKey, string> = {
    bidWindowMax: 'Самое долгое время, на которое заказчик может открыть задание для ставок.',
    declineWindow: 'Сколько времени победитель ещё может отказаться, получив входные данные.',
    commitWindowMax: 'Самое долгое время, которое заказчик может дать победителю на вычисление.',
    acceptWindow:
        'Сколько заказчик может смотреть результаты, прежде чем задание проверят без него.',
    backing:
        'Насколько обеспечение переживает последний возможный конец задания, чтобы покрыть любой вердикт.',
    factor: 'Резерв исполнителя не меньше стольких обеспечений каждой ставки.',
    minLock: 'Наименьшее обеспечение ставки: заблокировать крошечное задание чего-то стоит.',
    minStep: 'Насколько ставка должна быть лучше лучшей из прежних.',
    protocolFee: 'Доля выплаты, которая идёт рынку.',
    checkFee: 'Сколько проверка платит проверяющему: столько долей одного элемента в цене.',
    checkGas: 'Сколько проверка платит проверяющему за газ сверх того.',
    minCheckRate: 'Наименьшая доля проверяемых заданий, как бы хорош ни был исполнитель.',
    claimWindow: 'Сколько времени проверяющие могут подавать заявки; решает жребий, а не скорость.',
    sealWindow:
        'Сколько времени у избранного проверяющего, чтобы вычислить элемент и запечатать вывод.',
    openWindow: 'Сколько времени у исполнителя, чтобы открыть эскиз; пропуск означает осуждение.',
    revealWindow: 'Сколько времени у проверяющего, чтобы раскрыть запечатанное.',
    appealWindow: 'Сколько времени любой с залогом может оспорить вывод.',
    juryClaimWindow: 'Сколько времени присяжные могут занимать места.',
    jurySealWindow: 'Сколько времени у присяжных, чтобы вычислить элемент и запечатать вывод.',
    juryRevealWindow: 'Сколько времени у присяжных, чтобы раскрыть запечатанное.',
    rounds: 'Сколько проверяющих подряд могут подвести, прежде чем созовут жюри.',
    jurors: 'Мест в жюри.',
    appealJurors: 'Мест в жюри апелляции.',
    verifierStake: 'Наименьший вес залога, чтобы проверять других.',
    verifierAge: 'Как давно это должно лежать в залоге.',
    bucket: 'Обеспечения, которые кончаются в одно время, хранятся вместе.',
    unbonding: 'Сколько деньги ждут на выходе из залога, и всё ещё могут быть взысканы.',
    trial: 'Исполнитель с n пройденными проверками проверяется в стольких из (столько + n) заданий.',
};

const it: Record<ParameterKey, string> = {
    bidWindowMax: 'Il tempo più lungo per cui un cliente può tenere un lavoro aperto alle offerte.',
    declineWindow: 'Per quanto il vincitore può ancora rifiutare, una volta avuti gli input.',
    commitWindowMax: 'Il tempo più lungo che un cliente può dare al vincitore per calcolare.',
    acceptWindow:
        'Per quanto il cliente può guardare i risultati prima che il lavoro si verifichi senza di lui.',
    backing:
        'Di quanto un blocco dura oltre l’ultima fine possibile del lavoro, per coprire ogni verdetto.',
    factor: 'La riserva di un fornitore è almeno tante volte il blocco di ogni offerta.',
    minLock: 'Il minimo che un’offerta blocca: bloccare un lavoro minuscolo costa qualcosa.',
    minStep: 'Di quanto un’offerta deve essere migliore della migliore finora.',
    protocolFee: 'La parte del pagamento che va al mercato.',
    checkFee:
        'Quanto una verifica paga al verificatore: tante volte la quota di un elemento nel prezzo.',
    checkGas: 'Quanto una verifica paga al verificatore per il gas, oltre a ciò.',
    minCheckRate: 'La quota minima di lavori verificati, per quanto buono sia il fornitore.',
    claimWindow:
        'Per quanto i verificatori possono candidarsi; decide il sorteggio, non la velocità.',
    sealWindow: 'Per quanto il verificatore estratto può eseguire un elemento e sigillare l’esito.',
    openWindow: 'Per quanto il fornitore può aprire il suo schizzo; mancarlo condanna.',
    revealWindow: 'Per quanto il verificatore può rivelare ciò che ha sigillato.',
    appealWindow: 'Per quanto chiunque con una cauzione può contestare un esito.',
    juryClaimWindow: 'Per quanto i giurati possono prendere posto.',
    jurySealWindow: 'Per quanto i giurati possono eseguire l’elemento e sigillare l’esito.',
    juryRevealWindow: 'Per quanto i giurati possono rivelare ciò che hanno sigillato.',
    rounds: 'Quanti verificatori possono mancare uno dopo l’altro prima che si chiami una giuria.',
    jurors: 'Seggi di una giuria.',
    appealJurors: 'Seggi della giuria d’appello.',
    verifierStake: 'Il minimo che uno stake pesa per verificare gli altri.',
    verifierAge: 'Da quanto deve stare nello stake.',
    bucket: 'I blocchi che finiscono nello stesso tempo si tengono come uno solo.',
    unbonding: 'Per quanto il denaro attende all’uscita di uno stake, e può ancora essere perso.',
    trial: 'Un fornitore con n verifiche superate è verificato in tanti lavori su (tanti + n).',
};

export const PARAMETERS: Phrasebook<ParameterKey> = { en, ru, it };

/** What kind of number each is. */
export const KINDS: Readonly<
    Record<ParameterKey, 'seconds' | 'gram' | 'rate' | 'times' | 'count'>
> = {
    bidWindowMax: 'seconds',
    declineWindow: 'seconds',
    commitWindowMax: 'seconds',
    acceptWindow: 'seconds',
    backing: 'seconds',
    factor: 'count',
    minLock: 'gram',
    minStep: 'rate',
    protocolFee: 'rate',
    checkFee: 'times',
    checkGas: 'gram',
    minCheckRate: 'rate',
    claimWindow: 'seconds',
    sealWindow: 'seconds',
    openWindow: 'seconds',
    revealWindow: 'seconds',
    appealWindow: 'seconds',
    juryClaimWindow: 'seconds',
    jurySealWindow: 'seconds',
    juryRevealWindow: 'seconds',
    rounds: 'count',
    jurors: 'count',
    appealJurors: 'count',
    verifierStake: 'gram',
    verifierAge: 'seconds',
    bucket: 'seconds',
    unbonding: 'seconds',
    trial: 'count',
};

export function isParameterKey(key: string): key is ParameterKey {
    return Object.hasOwn(en, key);
}
