import type { Phrase } from '../../shared/phrases';

export const EN = {
    title: 'The text in a picture',
    intro: 'Other people’s computers read your picture, and you pay them in GRAM. No account, no operator: a contract holds the money until the result is proved here, in your browser.',
    skip: 'Skip to the content',
    language: 'Language',
    // Wallet
    connect: 'Connect wallet',
    disconnect: 'Disconnect',
    walletRestoring: 'Looking for your wallet…',
    walletOtherNetwork:
        'Your wallet is on another network than this market. Switch the network in the wallet, and connect it again.',
    // Picture
    choose: 'Choose a picture',
    photograph: 'Take a photo',
    sample: 'Try a sample',
    drop: 'or drop it here',
    pictureOf: 'Picture {name}',
    showText: 'Text over the picture',
    // Steps
    steps: 'Steps',
    'ocr-detector': 'Find the lines of text',
    'ocr-recogniser': 'Read the lines',
    stepDone: 'done',
    stepNow: 'now',
    stepLater: 'later',
    preparing: 'Preparing the picture in your browser…',
    elsewhere:
        'This picture is open in another tab, which goes on with it. Close that tab, and this one takes over.',
    queued: 'Waiting for the payment in another tab of yours…',
    // Offer
    costOf: 'What step {step} costs',
    price: 'Price, at most',
    priceNote: 'Computers bid for less; only the winning bid is paid.',
    assurance: 'Check, prepaid',
    assuranceNote: 'Pays a stranger who computes a part again. Comes back if no check is drawn.',
    gas: 'Network fees',
    gasNote: 'What is left of them comes back.',
    rent: 'Storage of your escrow',
    rentNote: 'Stays there, and serves your later jobs.',
    rentOpenNote: 'Your first job opens it. Stays there, and serves your later jobs.',
    total: 'You send',
    secondStep:
        'The second step, reading the lines, is a payment of its own: its price depends on how many lines there are.',
    estimating: 'Asking the market…',
    change: 'Change the highest price',
    ceiling: 'Highest price, GRAM',
    ceilingBad: 'Write an amount such as 0.02.',
    pay: 'Pay and start',
    payAgain: 'Go on',
    connectToPay: 'Connect wallet to pay',
    againNote:
        'You submitted this job before. It is posted under its old number, so that it is never paid twice.',
    lines: { one: '{count} line', other: '{count} lines' },
    // Progress
    progress: 'Progress',
    uploading: 'Giving the picture to nodes…',
    toSign: 'Confirm the payment in your wallet.',
    sent: 'Paid. Waiting for the chain…',
    listed: 'Open for bids',
    bids: 'Bids',
    noBids: 'No bid yet.',
    bidOf: '{node} asks for {price}',
    bidRefused: 'not better',
    bidBest: 'best',
    assigned: '{node} won for {price} and computes.',
    declined: '{node} gave the job back; it is open for bids again.',
    committed: 'The result is committed on chain. Fetching it…',
    downloading: 'Fetching the result, {share}…',
    withheld: 'The node does not answer; it is asked again.',
    verified: 'All results are proved against the chain.',
    accepted: 'Accepted. The draw decides whether a check is made.',
    resumed: 'Going on with the job that is on chain…',
    expired: 'Its time is over; the contract carries that out.',
    // Result
    result: 'Text',
    ready: 'The picture is read.',
    payable: 'Step {step} of 2 can be paid now.',
    noText: 'There is no text in this picture.',
    copy: 'Copy the text',
    copied: 'Copied.',
    failedLines: {
        one: '{count} line could not be read.',
        other: '{count} lines could not be read.',
    },
    // Receipt
    receipt: 'Receipt',
    job: 'Job',
    winner: 'Computed by',
    paid: 'Price paid',
    proof: 'Proof',
    proofText: {
        one: 'The result is the leaf of the root on chain; verified in this browser.',
        other: 'All {count} results are leaves of the root on chain; verified in this browser.',
    },
    root: 'Root',
    check: 'Check',
    checkNot: 'Not drawn for a check. The job is settled.',
    checkGoing:
        'Drawn for a check: a stranger computes a part again. You have your result already.',
    checkPassed: 'Checked by a stranger, and found right.',
    checkVoid: 'The check came to no finding.',
    checkBad:
        'A check found the result wrong. Do not use it. Your money is back, with a compensation out of the stake of the node.',
    // Why nobody bid
    whyTooCheap: {
        one: '{count} node asks {amount} or more for it.',
        other: '{count} nodes ask {amount} or more for it.',
    },
    whyBusy: { one: '{count} node is busy.', other: '{count} nodes are busy.' },
    whySuspended: {
        one: '{count} node is paused by its owner.',
        other: '{count} nodes are paused by their owners.',
    },
    whyRefused: {
        one: '{count} node does not take it as it is.',
        other: '{count} nodes do not take it as it is.',
    },
    whyTooSlow: {
        one: '{count} node was too slow for it.',
        other: '{count} nodes were too slow for it.',
    },
    whyMissing: {
        one: '{count} node could not fetch the picture.',
        other: '{count} nodes could not fetch the picture.',
    },
    whyFailed: { one: '{count} node failed at it.', other: '{count} nodes failed at it.' },
    whyUndecided: {
        one: '{count} node had not come to a bid.',
        other: '{count} nodes had not come to a bid.',
    },
    whySilent: {
        one: '{count} node did not answer, or did not hear of it.',
        other: '{count} nodes did not answer, or did not hear of it.',
    },
    foundWrong:
        'A check found that a node gave a wrong result. Do not use this text. What that step cost is back, with a compensation.',
    readAgain: 'Read it again',
    inExplorer: 'See all of it in the explorer',
    back: 'Came back',
    failedJob: 'Job {job}: {why}',
    failedRefund: '{amount} came back.',
    // List
    readings: 'Your pictures',
    noReadings: 'Nothing yet. Pictures and jobs are kept in this browser, also when you close it.',
    unfinished: 'not finished',
    finished: 'done',
    open: 'Open',
    remove: 'Remove',
    removeSure: 'Remove it? Its job is forgotten here; its money goes where the contract says.',
    cancel: 'Cancel',
    close: 'New picture',
    // Problems
    tryAgain: 'Try again',
    USER_DECLINED:
        'You declined in the wallet. Nothing was paid. Press the button again when you want to.',
    WALLET_SWITCHED:
        'Another wallet is connected than the one that this job is for. Nothing was paid. Connect that wallet again, or start anew.',
    WALLET_ON_OTHER_NETWORK:
        'The wallet is on another network than the market. Nothing was paid. Switch the network in the wallet, and connect it again.',
    NO_SENDER: 'No wallet is connected. Nothing was paid. Connect one.',
    NODES_UNKNOWN:
        'The market shows no node that could do the job. Nothing was paid. Try again later.',
    INPUTS_NOT_OFFERED:
        'No node took the picture. Nothing was paid. Try again, or with a smaller picture.',
    INSUFFICIENT_FUNDS:
        'The wallet has {balance}, and {needed} are needed. Nothing was paid. Send GRAM to it, or lower the highest price.',
    walletSilent:
        'The wallet did not confirm the payment. If it was sent all the same, going on finds it: the same job is never paid twice.',
    POST_REFUSED: 'The contract refused the job, and the money comes back. Try again.',
    POST_TIMEOUT:
        'The payment is not seen on chain yet. Going on is safe: the same job is never paid twice.',
    JOB_NEVER_POSTED: 'The job was never posted. What was sent came back. Start it again.',
    RESULTS_UNAVAILABLE:
        'The node does not deliver the result. Nothing was accepted, so the job is checked, and your money is safe. Going on asks the node again.',
    RESULT_REFUSED:
        'What the node delivers is not what it committed to. Nothing was accepted, so the job is checked, and your money is safe. Going on asks the node again.',
    ENDPOINT: 'The chain cannot be reached. Check your connection, and go on.',
    TEXT_SEARCH_FAILED: 'The node says that the picture cannot be searched. Try another one.',
    PICTURE_UNREADABLE:
        'This browser cannot read the file as a picture. Give a PNG, JPEG or WebP file.',
    PICTURE_TOO_LARGE: 'The picture is too large. Scale it down.',
    STORAGE_FULL:
        'This browser has no room left to keep the picture, and nothing is paid for what could be lost. Make room, or remove old pictures.',
    UNKNOWN: 'Something went wrong: {detail}',
    'ended-no-bid': 'nobody bid for it in time',
    'ended-not-committed': 'the node that won did not deliver in time, and pays a compensation',
    'ended-cancelled': 'it was cancelled',
    'ended-wrong': 'its result was found wrong',
    'ended-void': 'no verifier came to a finding',
    'ended-other': 'it ended without a result ({outcome})',
    endedBack: 'Your money is back. You can try again.',
    endedUnsold: 'Your money is back. Raise the highest price, or try again later.',
} as const satisfies Record<string, Phrase>;
