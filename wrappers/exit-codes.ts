/** What an exit code of the contracts means, and what its reader can do. */
export interface ExitCode {
    /** The name in contracts/errors.tact, without `Error`. */
    readonly name: string;
    readonly meaning: string;
    readonly hint: string;
}

/** Exit codes of Market, Stake and Escrow. A test holds the list against the contracts. */
export const EXIT_CODES: ReadonlyMap<number, ExitCode> = new Map(
    Object.entries({
        300: code(
            'NotBasechain',
            'The sender is in another workchain.',
            'Use a basechain account.',
        ),
        301: code('NotOwner', 'Only the owner may say this.', 'Send it from the owning wallet.'),
        302: code('NotMarket', 'Only the Market may say this.', 'Send it through the Market.'),
        303: code('NotStake', 'The sender is not the Stake that it says.', 'Use the own Stake.'),
        304: code(
            'NotEscrow',
            'The sender is not the Escrow that it says.',
            'Check client and index.',
        ),
        305: code('TooLittleValue', 'The message brings too little.', 'Ask getCosts() and add it.'),
        306: code('NotOpened', 'The Stake was not opened.', 'Open it through the Market.'),
        307: code('EndpointTooLong', 'The endpoint is too long.', 'Use at most 120 characters.'),
        320: code('BadParameters', 'The parameters break a rule.', 'See docs/contracts.md.'),
        321: code('NothingProposed', 'No parameters are proposed.', 'Propose some first.'),
        322: code('Timelocked', 'The timelock runs.', 'Wait until getApplyAt().'),
        323: code('NotProposedOwner', 'The sender is not the proposed owner.', 'Use its wallet.'),
        324: code('TooMuch', 'There are fewer fees than that.', 'Ask getFees().'),
        325: code('BadTerms', 'A window or the items are out of bounds.', 'See the parameters.'),
        326: code('TooLittleAssurance', 'Too little is prepaid for a check.', 'Use checkFee().'),
        340: code('NoSuchJob', 'The job is not open.', 'Check its id; it may have ended.'),
        341: code('WrongState', 'The job is in another state.', 'Look at the job again.'),
        342: code('TooEarly', 'It is too early for that.', 'Wait for the deadline.'),
        343: code('TooLate', 'It is too late for that.', 'Look at the job again.'),
        344: code(
            'WrongSeed',
            'The seed is not the one committed to.',
            'Use the seed of this job.',
        ),
        345: code('PriceOverCeiling', 'The price is over the ceiling.', 'Bid less.'),
        346: code('LockTooSmall', 'The bid locks too little.', 'Use requiredLock().'),
        347: code('LockTooShort', 'The lock ends too early.', 'Use lockHorizon().'),
        348: code('ReserveTooSmall', 'The reserve is too small for the lock.', 'Top it up.'),
        349: code('NotBetter', 'A better bid stands.', 'Bid less, by the minimum step.'),
        350: code('NotWinner', 'Another Stake won the job.', 'Leave it to the winner.'),
        351: code('TooManyFaultyItems', 'More faulty items than items.', 'Count them again.'),
        352: code('CeilingNotRaised', 'The ceiling is not higher.', 'Name a higher one.'),
        353: code('BidStands', 'A bid stands already.', 'Wait for the end of bidding.'),
        354: code('NothingOwed', 'No fees are owed.', 'Nothing is to be done.'),
        355: code('Padded', 'The message holds more than it should.', 'Send just its fields.'),
        356: code(
            'NotCovered',
            'Rent has used up what would pay for that.',
            'Send the Escrow GRAM; anyone may.',
        ),
        357: code('NotClaimant', 'The claim is not that of the sender.', 'Look at the job again.'),
        358: code('TooLight', 'The Stake weighs too little to verify.', 'Bond more, and wait.'),
        359: code('TooYoung', 'The bond is younger than the job.', 'Claim with the settled part.'),
        360: code('Excluded', 'This Stake may not judge this job.', 'Leave it to others.'),
        361: code('BondTooSmall', 'The bond is too small.', 'Use juryBond() or jurorBond().'),
        362: code(
            'WrongSeal',
            'That is not what was sealed, or contradicts no seal.',
            'Reveal what was sealed.',
        ),
        363: code('Oversized', 'A sketch is too large.', 'Use encodeSketch().'),
        364: code('NoSuchLeaf', 'The job has fewer leaves.', 'Count from 0.'),
        365: code('MayNotConcede', 'It is too late to concede.', 'Wait for the verdict.'),
        366: code('NoPostingKey', 'No key may post from the surplus.', 'Authorize one first.'),
        380: code(
            'WrongSeqno',
            'The sequence number is not the next.',
            'Ask the Stake and sign anew.',
        ),
        381: code('Expired', 'The action has expired.', 'Sign it anew.'),
        382: code(
            'WrongSignature',
            'The signature is not the node key’s.',
            'Check key and network.',
        ),
        383: code('Paused', 'The operator paused the Stake.', 'Ask the operator.'),
        384: code(
            'OverDailyLimit',
            'The daily limit is used up.',
            'Wait for tomorrow or raise it.',
        ),
        385: code('NotEnoughCollateral', 'The collateral is locked.', 'Wait for locks or top up.'),
        386: code('LockTooLong', 'The lock ends too late.', 'Choose jobs with shorter windows.'),
        387: code(
            'OperatingBalanceLow',
            'The operating balance is low.',
            'Send GRAM to the Stake.',
        ),
        388: code('UnknownAction', 'A node may not say this.', 'Update the node.'),
        389: code('NotBonded', 'There is less than that.', 'Look at the Stake again.'),
        390: code('Convicted', 'The Stake is convicted.', 'Withdraw what is left.'),
        391: code('Held', 'A dispute holds the Stake.', 'Wait until it has ended.'),
        392: code(
            'NotConvicted',
            'The Stake is not convicted.',
            'Wait for the deadline of the job.',
        ),
    }).map(([number, meaning]) => [Number(number), meaning]),
);

/** An exit code in a sentence; those of the TVM itself are named by number. */
export function explainExitCode(exitCode: number): string {
    const known = EXIT_CODES.get(exitCode);
    return known === undefined
        ? `The contract failed with exit code ${exitCode}.`
        : `${known.meaning} ${known.hint}`;
}

function code(name: string, meaning: string, hint: string): ExitCode {
    return { name, meaning, hint };
}
